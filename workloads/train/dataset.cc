#include "dataset.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace dure::train {
namespace {

struct Close {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

Error damaged(const std::filesystem::path& path) {
  return {Code::failed, path.string() +
                            " is damaged or no IDX file; install the Debian package "
                            "dataset-fashion-mnist again, or name another folder with --data"};
}

Error missing(const std::filesystem::path& path) {
  return {Code::not_found,
          "there is no " + path.string() +
              "; install the Debian package dataset-fashion-mnist, or name another folder with --data"};
}

Result<File> open_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) return tl::unexpected(missing(path));
  File file(gzopen(path.c_str(), "rb"));
  if (!file) return tl::unexpected(missing(path));
  gzbuffer(file.get(), 1u << 17);
  return file;
}

bool read_exactly(gzFile_s* file, std::span<std::uint8_t> into) {
  constexpr std::size_t at_once = 1u << 24;
  while (!into.empty()) {
    const int got = gzread(file, into.data(), static_cast<unsigned>(std::min(into.size(), at_once)));
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool read_word(gzFile_s* file, std::uint32_t& word) {
  std::array<std::uint8_t, 4> bytes{};
  if (!read_exactly(file, bytes)) return false;
  word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8 | byte;
  return true;
}

// An IDX file of unsigned bytes: the magic number says how many dimensions there are; the first counts the items.
struct Idx {
  std::uint32_t magic = 0;
  std::vector<std::uint32_t> item;  // the other dimensions
};

std::size_t item_size(const Idx& kind) {
  std::size_t size = 1;
  for (const std::uint32_t dimension : kind.item) size *= dimension;
  return size;
}

bool read_header(gzFile_s* file, const Idx& kind, std::uint32_t& count) {
  std::uint32_t word = 0;
  if (!read_word(file, word) || word != kind.magic || !read_word(file, count)) return false;
  return std::all_of(kind.item.begin(), kind.item.end(),
                     [&](std::uint32_t dimension) { return read_word(file, word) && word == dimension; });
}

Result<std::vector<std::uint8_t>> read_idx(const std::filesystem::path& path, const Idx& kind, std::size_t limit) {
  constexpr std::uint32_t most_items = 1'000'000;
  const Result<File> file = open_file(path);
  if (!file) return tl::unexpected(file.error());
  std::uint32_t count = 0;
  if (!read_header(file->get(), kind, count) || count == 0 || count > most_items) return tl::unexpected(damaged(path));
  std::vector<std::uint8_t> bytes(std::min<std::size_t>(count, limit) * item_size(kind));
  if (!read_exactly(file->get(), bytes)) return tl::unexpected(damaged(path));
  return bytes;
}

}  // namespace

Result<Dataset> read_dataset(const std::filesystem::path& folder, Part part, std::size_t limit) {
  const std::string name = part == Part::train ? "train" : "t10k";
  const auto image_file = folder / (name + "-images-idx3-ubyte.gz");
  const auto label_file = folder / (name + "-labels-idx1-ubyte.gz");
  auto pixels = read_idx(image_file, {.magic = 0x803, .item = {28, 28}}, limit);
  if (!pixels) return tl::unexpected(pixels.error());
  auto labels = read_idx(label_file, {.magic = 0x801, .item = {}}, limit);
  if (!labels) return tl::unexpected(labels.error());
  if (pixels->size() != labels->size() * pixels_per_image) return tl::unexpected(damaged(image_file));
  if (*std::max_element(labels->begin(), labels->end()) >= classes) return tl::unexpected(damaged(label_file));
  return Dataset{.pixels = std::move(*pixels), .labels = std::move(*labels)};
}

std::uint32_t checksum(const Dataset& dataset) {
  const uLong images = crc32_z(0, dataset.pixels.data(), dataset.pixels.size());
  return static_cast<std::uint32_t>(crc32_z(images, dataset.labels.data(), dataset.labels.size()));
}

}  // namespace dure::train
