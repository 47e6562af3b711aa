#include "dure/simulate/trace/unpacked_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace dure::simulate {
namespace {

constexpr std::size_t unpacked_chunk_size = 1 << 16;

// A few bytes that were read ahead, then the rest.
class WithHead : public ByteSource {
 public:
  WithHead(std::string head, std::unique_ptr<ByteSource> rest) : head_(std::move(head)), rest_(std::move(rest)) {}

  Result<std::size_t> read(std::span<char> out) override {
    if (head_.empty()) return rest_->read(out);
    const std::size_t count = std::min(out.size(), head_.size());
    std::copy_n(head_.data(), count, out.data());
    head_.erase(0, count);
    return count;
  }

 private:
  std::string head_;
  std::unique_ptr<ByteSource> rest_;
};

// Returns the first four bytes, or fewer if there are no more.
Result<std::string> read_head(ByteSource& bytes) {
  std::array<char, 4> head{};
  std::size_t size = 0;
  while (size < head.size()) {
    const auto count = bytes.read(std::span(head).subspan(size));
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) break;
    size += *count;
  }
  return std::string(head.data(), size);
}

}  // namespace

UnpackedBytes::UnpackedBytes(std::string name, std::unique_ptr<ByteSource> packed, std::unique_ptr<Codec> codec)
    : name_(std::move(name)), packed_(std::move(packed)), codec_(std::move(codec)), buffer_(unpacked_chunk_size) {}

Result<std::size_t> UnpackedBytes::read(std::span<char> out) {
  std::span<char> room = out;
  while (!ended_ && room.size() == out.size()) {
    if (input_.empty() && !packed_ended_) {
      if (auto filled = refill(); !filled) return tl::unexpected(std::move(filled.error()));
    }
    const std::size_t input_before = input_.size();
    const Step step = codec_->step(input_, room, packed_ended_);
    if (step == Step::corrupt) return broken("the archive is damaged within its first {} bytes; fetch it again");
    if (step == Step::too_large) {
      return broken(
          "byte {} of the archive asks for more than 128 MiB of memory; pack it again without --long or --ultra");
    }
    ended_ = step == Step::ended;
    const bool stuck = !ended_ && input_.size() == input_before && room.size() == out.size();
    if (stuck && packed_ended_) return broken("the archive ends early at byte {}; fetch it again");
  }
  return out.size() - room.size();
}

Result<void> UnpackedBytes::refill() {
  const auto count = packed_->read(buffer_);
  if (!count) return tl::unexpected(count.error());
  input_ = std::span<const char>(buffer_).first(*count);
  packed_read_ += *count;
  packed_ended_ = *count == 0;
  return {};
}

tl::unexpected<Error> UnpackedBytes::broken(std::string_view what) const {
  const std::uint64_t byte = packed_read_ - input_.size();
  return fail(Code::invalid_argument, fmt::format("{}: {}", name_, fmt::format(fmt::runtime(what), byte)));
}

Result<std::unique_ptr<ByteSource>> unpack(const std::string& name, std::unique_ptr<ByteSource> bytes) {
  auto head = read_head(*bytes);
  if (!head) return tl::unexpected(std::move(head.error()));
  const Magic* const magic = archive_magic(*head);
  auto whole = std::make_unique<WithHead>(*std::move(head), std::move(bytes));
  if (magic == nullptr) return whole;
  if (magic->codec == nullptr) {
    return fail(Code::invalid_argument,
                fmt::format("{}: is a {} archive; unpack it, or pack it with gzip, xz or zstd", name, magic->name));
  }
  return std::make_unique<UnpackedBytes>(name, std::move(whole), magic->codec());
}

}  // namespace dure::simulate
