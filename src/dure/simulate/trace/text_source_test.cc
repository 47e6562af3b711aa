#include "dure/simulate/trace/text_source.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

namespace dure::simulate {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string xz(const std::string& text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

std::string plain(const std::string& text) { return text; }

// Returns the lines each with `|` behind, then the message if reading failed.
std::string lines(Result<TextSource> source) {
  std::string all;
  while (source) {
    const auto line = source->next_line();
    if (!line) return all + line.error().message;
    if (!*line) return all;
    all.append(**line).append("|");
  }
  return source.error().message;
}

std::string lines_of(std::string_view bytes) { return lines(TextSource::from_bytes("x", bytes)); }

TEST(TextSource, ReadsLinesHoweverTheyEnd) {
  EXPECT_EQ(lines_of("a\nb\n"), "a|b|");
  EXPECT_EQ(lines_of("a\nb"), "a|b|");
  EXPECT_EQ(lines_of("a\r\nb\r\n"), "a|b|");
  EXPECT_EQ(lines_of("\n\na"), "||a|");
  EXPECT_EQ(lines_of("a\rb\n"), "a\rb|");
}

TEST(TextSource, PassesOverAByteOrderMarkAtTheStartOnly) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(lines_of(mark + "a\n" + mark + "b"), "a|" + mark + "b|");
}

TEST(TextSource, RefusesWhatIsNotText) {
  EXPECT_EQ(lines_of(""), "x: the file is empty");
  EXPECT_EQ(lines_of(std::string_view("a\nb\0c\n", 6)), "a|x:2: byte 2 of the line is NUL; is this a text file?");
}

TEST(TextSource, BoundsTheLine) {
  const std::string longest(TextSource::line_size_max, 'a');
  EXPECT_EQ(lines_of(longest), longest + "|");
  EXPECT_EQ(lines_of(longest + "\nb"), longest + "|b|");
  EXPECT_EQ(lines_of("a\n" + longest + "a\n"), "a|x:2: the line is longer than 1048576 bytes; is this a trace?");
  EXPECT_EQ(lines_of(std::string(5'000'000, 'a')), "x:1: the line is longer than 1048576 bytes; is this a trace?");
  EXPECT_EQ(lines_of(gzip(std::string(50'000'000, 'a'))),
            "x:1: the line is longer than 1048576 bytes; is this a trace?");
}

TEST(TextSource, CannotOpenWhatIsNotThere) {
  const auto missing = TextSource::open("/nowhere/x.swf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_EQ(missing.error().message, "/nowhere/x.swf: cannot be opened: No such file or directory");
  EXPECT_EQ(TextSource::open("/").error().message, "/: is a folder; name a file in it");
}

struct Packing {
  const char* name;
  std::string (*pack)(const std::string&);
};

void PrintTo(const Packing& packing, std::ostream* out) { *out << packing.name; }

class AnyFile : public testing::TestWithParam<Packing> {
 protected:
  std::string pack(const std::string& text) const { return GetParam().pack(text); }
};

class Archive : public AnyFile {};

// Larger than every buffer on the way, and hard to pack.
std::string long_text() {
  std::string text;
  std::uint32_t x = 1;
  while (text.size() < 400'000) {
    x = x * 1664525 + 1013904223;
    text += std::to_string(x) + "\n";
  }
  return text;
}

std::string with_bars(std::string text) {
  for (char& c : text) c = c == '\n' ? '|' : c;
  return text;
}

TEST_P(AnyFile, IsReadFromAFileWhateverItsName) {
  const std::string text = long_text();
  const auto path =
      std::filesystem::temp_directory_path() / ("dure-text-source-test-" + std::to_string(getpid()) + GetParam().name);
  std::ofstream(path, std::ios::binary) << pack(text);
  EXPECT_EQ(lines(TextSource::open(path.string())), with_bars(text));
  std::filesystem::remove(path);
}

TEST_P(AnyFile, GoesOnWithASecondArchive) { EXPECT_EQ(lines_of(pack("a\nb") + pack("c\nd\n")), "a|bc|d|"); }

TEST_P(Archive, IsEmptyIfNothingIsInIt) { EXPECT_EQ(lines_of(pack("")), "x: the file is empty"); }

TEST_P(Archive, SaysSoWhereverItEndsEarly) {
  const std::string packed = pack("1 2 3\n4 5 6\n");
  for (std::size_t size = 4; size < packed.size(); ++size) {
    const std::string read = lines_of(std::string_view(packed).substr(0, size));
    EXPECT_TRUE(read.ends_with("x: the archive ends early at byte " + std::to_string(size) + "; fetch it again"))
        << read;
  }
}

TEST_P(Archive, IsRefusedWithSomethingElseBehindIt) {
  EXPECT_NE(lines_of(pack("a\n") + "something else behind it").find("x: the archive is damaged within its first"),
            std::string::npos);
}

constexpr auto name_of = [](const auto& packing) { return packing.param.name; };
INSTANTIATE_TEST_SUITE_P(Each, Archive,
                         testing::Values(Packing{"gzip", gzip}, Packing{"xz", xz}, Packing{"zstd", zstd}), name_of);
INSTANTIATE_TEST_SUITE_P(Each, AnyFile,
                         testing::Values(Packing{"plain", plain}, Packing{"gzip", gzip}, Packing{"xz", xz},
                                         Packing{"zstd", zstd}),
                         name_of);

}  // namespace
}  // namespace dure::simulate
