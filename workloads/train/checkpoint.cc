#include "checkpoint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "durable_file.h"
#include "sha256.h"

namespace dure::train {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");

// The file: a header, the parameters, the velocity, and the SHA-256 of all before it.
struct Header {
  std::array<char, 8> magic{'D', 'U', 'R', 'E', 'T', 'R', 'N', '\n'};
  std::uint32_t version = 1;
  std::uint32_t parameters = 0;
  Identity identity;
  Progress progress;
};
static_assert(std::is_trivially_copyable_v<Header>);
static_assert(sizeof(Identity) == 32 && sizeof(Progress) == 40 && sizeof(Header) == 88, "there is no padding");

void append(std::vector<std::byte>& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

std::vector<float> take_floats(std::span<const std::byte>& bytes, std::size_t count) {
  std::vector<float> floats(count);
  std::memcpy(floats.data(), bytes.data(), count * sizeof(float));
  bytes = bytes.subspan(count * sizeof(float));
  return floats;
}

// Returns the header if every byte is as it was written.
std::optional<Header> whole_header(std::span<const std::byte> bytes) {
  Header header;
  const auto magic = header.magic;
  constexpr std::size_t hash_size = sizeof(Sha256);
  if (bytes.size() < sizeof header + hash_size) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Sha256 hash = sha256(bytes.first(bytes.size() - hash_size));
  if (header.magic != magic || std::memcmp(hash.data(), bytes.last(hash_size).data(), hash_size) != 0) {
    return std::nullopt;
  }
  return header;
}

template <class T>
void compare(std::string& differences, std::string_view what, T found, T expected) {
  if (found == expected) return;
  if (!differences.empty()) differences += ", ";
  differences += std::string(what) + " " + std::to_string(found) + " instead of " + std::to_string(expected);
}

std::string differences(const Identity& found, const Identity& expected) {
  std::string text;
  compare(text, "width", found.width, expected.width);
  compare(text, "seed", found.seed, expected.seed);
  compare(text, "hidden", found.hidden, expected.hidden);
  compare(text, "batch", found.batch, expected.batch);
  compare(text, "learning rate", found.learning_rate, expected.learning_rate);
  compare(text, "images", found.images, expected.images);
  compare(text, "data checksum", found.data, expected.data);
  return text;
}

bool is_torn(const Error& error) { return error.code == Code::failed; }

// Renames the torn file, so that the next checkpoint does not put it in the place of the whole one.
std::string set_aside(const std::filesystem::path& path, const std::string& torn) {
  const std::filesystem::path aside = path.string() + ".torn";
  std::error_code error;
  std::filesystem::rename(path, aside, error);
  return torn + "; it is " + aside.filename().string() + " now, and the one before it is used";
}

}  // namespace

std::vector<std::byte> encode(const Checkpoint& checkpoint) {
  const Header header{.parameters = static_cast<std::uint32_t>(checkpoint.parameters.size()),
                      .identity = checkpoint.identity,
                      .progress = checkpoint.progress};
  std::vector<std::byte> bytes;
  append(bytes, std::as_bytes(std::span(&header, 1)));
  append(bytes, std::as_bytes(std::span(checkpoint.parameters)));
  append(bytes, std::as_bytes(std::span(checkpoint.velocity)));
  const Sha256 hash = sha256(bytes);
  append(bytes, std::as_bytes(std::span(hash)));
  return bytes;
}

Result<Checkpoint> decode(std::span<const std::byte> bytes, const Identity& expected, const std::string& name) {
  const auto header = whole_header(bytes);
  if (!header) return fail(Code::failed, name + " is torn");
  if (header->version != Header{}.version) {
    return fail(Code::invalid_argument, name + " is of version " + std::to_string(header->version) +
                                            ", and this program knows 1; use the program that wrote it");
  }
  const std::size_t body = bytes.size() - sizeof *header - sizeof(Sha256);
  if (body != std::size_t{header->parameters} * 2 * sizeof(float)) return fail(Code::failed, name + " is torn");
  if (header->identity != expected) {
    return fail(Code::invalid_argument, name + " is of another training: " + differences(header->identity, expected) +
                                            "; give the options of that one, or another folder with --checkpoint");
  }
  std::span<const std::byte> rest = bytes.subspan(sizeof *header);
  Checkpoint checkpoint{.identity = header->identity, .progress = header->progress};
  checkpoint.parameters = take_floats(rest, header->parameters);
  checkpoint.velocity = take_floats(rest, header->parameters);
  return checkpoint;
}

Result<void> CheckpointFolder::write(const Checkpoint& checkpoint) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail(Code::failed, "cannot make the folder " + folder_.string() + ": " + error.message());
  return write_durably(newest(), encode(checkpoint), previous());
}

Result<std::optional<Checkpoint>> CheckpointFolder::read(const Identity& expected, std::string& note) const {
  std::string torn;
  for (const std::filesystem::path& path : {newest(), previous()}) {
    const auto bytes = read_if_there(path);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) continue;
    auto checkpoint = decode(**bytes, expected, path.string());
    if (checkpoint) {
      if (!torn.empty()) note = set_aside(newest(), torn);
      return std::move(*checkpoint);
    }
    if (!is_torn(checkpoint.error())) return tl::unexpected(checkpoint.error());
    if (torn.empty()) torn = checkpoint.error().message;
  }
  if (torn.empty()) return std::nullopt;
  return fail(Code::failed, torn + " and there is no whole one before it; remove it to start anew");
}

}  // namespace dure::train
