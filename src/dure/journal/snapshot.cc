#include "dure/journal/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"
#include "dure/journal/file.h"
#include "dure/journal/packing.h"

namespace dure {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t snapshot_magic = 0x5041'4e53'4552'5544;  // "DURESNAP"
constexpr std::uint32_t snapshot_version = 11;  // of the image too: another is passed over and made anew
constexpr std::size_t snapshot_bytes_max = std::size_t{8} << 30;
constexpr std::size_t most_files = 2;
constexpr std::string_view ending = ".snapshot";
constexpr std::string_view fresh_ending = ".new";  // after it, until all of it is written

struct Header {
  std::uint64_t magic = dure::snapshot_magic;
  std::uint32_t version = dure::snapshot_version;
  Link link;
  std::uint64_t digest = 0;       // of the state
  std::uint64_t body_hash = 0;    // of the rest of the file
  std::uint64_t header_hash = 0;  // of all before it
};

template <class Archive>
void fields(Archive& archive, Like<Header> auto& header) {
  archive(header.magic);
  archive(header.version);
  archive(header.link.sequence);
  archive(header.link.chain);
  archive(header.digest);
  archive(header.body_hash);
  archive(header.header_hash);
}

constexpr std::size_t header_bytes = 6 * sizeof(std::uint64_t) + sizeof(std::uint32_t);

fs::path snapshots_of(const fs::path& folder) { return folder / "snapshots"; }

// Sequences with all their digits, so that names sort as they do.
fs::path file_of(const fs::path& folder, std::uint64_t sequence) {
  return snapshots_of(folder) / fmt::format("{:020}{}", sequence, ending);
}

std::vector<fs::path> files_of(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(snapshots_of(folder), error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (at->path().extension() == extension) files.push_back(at->path());
  }
  return files;
}

std::uint64_t sequence_of(const fs::path& file) {
  const std::string name = file.stem().string();
  std::uint64_t sequence = 0;
  std::from_chars(name.data(), name.data() + name.size(), sequence);
  return sequence;
}

tl::unexpected<Error> damaged(const fs::path& file, std::string_view what) {
  return fail(Code::failed,
              fmt::format("{} is no whole snapshot ({}); delete it, the facts have all of it", file.string(), what));
}

Result<std::vector<std::byte>> read_all(const fs::path& path) {
  const auto file = File::open(path, O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  std::error_code error;
  const std::uintmax_t file_size = fs::file_size(path, error);
  if (error) return fail(Code::failed, fmt::format("{} cannot be read: {}", path.string(), error.message()));
  std::vector<std::byte> bytes(file_size);
  const auto size = file->read_at(0, bytes);
  if (!size) return tl::unexpected(size.error());
  bytes.resize(*size);
  return bytes;
}

Result<void> write_all(const fs::path& path, std::span<const std::byte> head, std::span<const std::byte> body) {
  const fs::path fresh = path.string() + std::string(fresh_ending);
  auto file = File::open(fresh, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  const auto written =
      file->write_at(0, head).and_then([&] { return file->write_at(head.size(), body); }).and_then([&] {
        return file->sync();
      });
  std::error_code error;
  if (written) fs::rename(fresh, path, error);
  if (!written || error) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return written ? fail(Code::failed, fmt::format("{} cannot be written: {}", path.string(), error.message()))
                   : written;
  }
  return sync_folder(path.parent_path());
}

}  // namespace

Result<void> save_snapshot(const fs::path& folder, const State& state, std::span<const std::byte> aside) {
  std::error_code error;
  if (fs::create_directory(snapshots_of(folder), error)) {
    fs::permissions(snapshots_of(folder), fs::perms::owner_all, error);
  }
  ByteWriter body;
  body(static_cast<std::uint64_t>(aside.size()));
  body.raw(aside);
  state.write_image(body);
  const auto packed = pack(body.bytes(), 1);
  if (!packed) return tl::unexpected(packed.error());

  Header header{
      .link = {state.fact_count(), state.chain()}, .digest = state.digest(), .body_hash = chain_hash(0, *packed)};
  ByteWriter head;
  head(header);
  header.header_hash = chain_hash(0, head.bytes().first(header_bytes - sizeof(std::uint64_t)));
  head.clear();
  head(header);
  if (auto written = write_all(file_of(folder, state.fact_count()), head.bytes(), *packed); !written) return written;

  const auto files = snapshot_files(folder);
  for (std::size_t i = most_files; i < files.size(); ++i) fs::remove(files[i], error);
  for (const fs::path& unfinished : files_of(folder, fresh_ending)) fs::remove(unfinished, error);
  return {};
}

std::vector<fs::path> snapshot_files(const fs::path& folder) {
  std::vector<fs::path> files = files_of(folder, ending);
  std::sort(files.begin(), files.end(), std::greater<>{});
  return files;
}

Result<Snapshot> read_snapshot(const fs::path& file) {
  const auto bytes = read_all(file);
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->size() < header_bytes) return damaged(file, "it is cut off");
  const std::span<const std::byte> head = std::span(*bytes).first(header_bytes);
  const std::span<const std::byte> packed = std::span(*bytes).subspan(header_bytes);
  const auto header = from_bytes<Header>(head);
  if (!header || header->magic != snapshot_magic) return damaged(file, "it does not begin as one");
  if (header->header_hash != chain_hash(0, head.first(header_bytes - sizeof(std::uint64_t)))) {
    return damaged(file, "the hash of its header is wrong");
  }
  if (header->version != snapshot_version) {
    return fail(Code::unavailable, fmt::format("{} has version {} and this program reads {}; it is passed over",
                                               file.string(), header->version, snapshot_version));
  }
  if (header->body_hash != chain_hash(0, packed)) {
    return damaged(file, "its hash is wrong");
  }
  const auto body = unpack(packed, snapshot_bytes_max);
  if (!body) return damaged(file, body.error().message);
  ByteReader reader(*body);
  std::uint64_t aside_bytes = 0;
  reader(aside_bytes);
  const std::span<const std::byte> aside = reader.raw(aside_bytes);
  auto state = State::from_image(reader.raw(reader.left()));
  if (!state) return damaged(file, "its state cannot be read");
  Snapshot snapshot{std::move(*state), {aside.begin(), aside.end()}};
  if (snapshot.link() != header->link || snapshot.state.digest() != header->digest) {
    return damaged(file, "its state has another digest");
  }
  return snapshot;
}

std::optional<Snapshot> newest_snapshot(const fs::path& folder, const std::function<bool(Link)>& has) {
  for (const fs::path& file : snapshot_files(folder)) {
    auto snapshot = read_snapshot(file);
    if (snapshot && has(snapshot->link())) return std::move(*snapshot);
  }
  return std::nullopt;
}

void drop_snapshots_after(const fs::path& folder, std::uint64_t sequence) {
  std::error_code ignored;
  for (const fs::path& file : snapshot_files(folder)) {
    if (sequence_of(file) > sequence) fs::remove(file, ignored);
  }
}

}  // namespace dure
