#include "dure/journal/head_file.h"

#include <fcntl.h>

#include <algorithm>
#include <string_view>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"

namespace dure {
namespace {

using Slot = std::array<std::byte, HeadFile::slot_bytes>;

constexpr std::uint64_t magic = 0x4441'4548'4552'5544;  // "DUREHEAD"
constexpr std::uint32_t version = 1;
constexpr std::size_t checked_bytes = HeadFile::slot_bytes - sizeof(std::uint64_t);

// What a slot says; the rest up to the checksum is zero.
struct Content {
  std::uint64_t magic = dure::magic;
  std::uint32_t version = dure::version;
  Link link;
};

template <class Archive>
void fields(Archive& archive, Like<Content> auto& content) {
  archive(content.magic);
  archive(content.version);
  archive(content.link.sequence);
  archive(content.link.chain);
}

Slot encode(Link link) {
  ByteWriter writer;
  writer(Content{.link = link});
  Slot slot{};
  std::ranges::copy(writer.bytes(), slot.begin());
  writer.clear();
  writer(chain_hash(0, std::span(slot).first(checked_bytes)));
  std::ranges::copy(writer.bytes(), slot.begin() + checked_bytes);
  return slot;
}

std::optional<Link> decode(const Slot& slot) {
  Content content;
  ByteReader reader(slot);
  reader(content);
  if (encode(content.link) != slot) return std::nullopt;
  return content.link;
}

}  // namespace

Result<HeadFile> HeadFile::open(const std::filesystem::path& path) {
  HeadFile head;
  auto file = File::open(path, O_RDWR);
  if (!file) return tl::unexpected(file.error());
  head.file_ = std::move(*file);
  for (std::size_t i = 0; i < head.slots_.size(); ++i) {
    Slot slot{};
    const auto size = head.file_.read_at(i * slot_distance, slot);
    if (!size) return tl::unexpected(size.error());
    head.slots_[i] = decode(slot);
  }
  return head;
}

Result<HeadFile> HeadFile::create(const std::filesystem::path& path, Link link) {
  HeadFile head;
  auto file = File::open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  head.file_ = std::move(*file);
  const std::array<std::byte, 2 * slot_distance> blank{};
  if (auto written = head.file_.write_at(0, blank); !written) return tl::unexpected(written.error());
  if (auto written = head.write(link); !written) return tl::unexpected(written.error());
  if (auto synced = sync_folder(path.parent_path()); !synced) return tl::unexpected(synced.error());
  return head;
}

std::optional<Link> HeadFile::newest() const {
  if (!slots_[0] || !slots_[1]) return slots_[0] ? slots_[0] : slots_[1];
  return slots_[0]->sequence > slots_[1]->sequence ? slots_[0] : slots_[1];
}

Result<void> HeadFile::write(Link link) {
  const bool first_is_older = !slots_[0] || (slots_[1] && slots_[0]->sequence <= slots_[1]->sequence);
  const std::size_t at = first_is_older ? 0 : 1;
  if (auto written = file_.write_at(at * slot_distance, encode(link)); !written) return written;
  if (auto synced = file_.sync(); !synced) return synced;
  slots_[at] = link;
  return {};
}

}  // namespace dure
