#include "dure/simulate/trace/codec.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

namespace dure::simulate {
namespace {

// Both ends of one call into a library, which counts with 32 bits at worst.
constexpr std::size_t span_max = std::numeric_limits<std::uint32_t>::max();

std::uint8_t* bytes(char* p) { return reinterpret_cast<std::uint8_t*>(p); }
const std::uint8_t* bytes(const char* p) { return reinterpret_cast<const std::uint8_t*>(p); }

// One member after the other, as gzip(1) reads them.
class Gzip : public Codec {
 public:
  Gzip() {
    constexpr int gzip_only = 16;
    if (inflateInit2(&stream_, gzip_only + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Step step(std::span<const char>& input, std::span<char>& output, bool input_ended) override {
    if (between_members_) {
      if (input.empty()) return input_ended ? Step::ended : Step::going_on;
      inflateReset(&stream_);
      between_members_ = false;
    }
    stream_.next_in = const_cast<std::uint8_t*>(bytes(input.data()));  // zlib does not write to it.
    stream_.avail_in = static_cast<std::uint32_t>(std::min(input.size(), span_max));
    stream_.next_out = bytes(output.data());
    stream_.avail_out = static_cast<std::uint32_t>(std::min(output.size(), span_max));
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input = input.subspan(static_cast<std::size_t>(stream_.next_in - bytes(input.data())));
    output = output.subspan(static_cast<std::size_t>(stream_.next_out - bytes(output.data())));
    between_members_ = code == Z_STREAM_END;
    return code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END ? Step::going_on : Step::corrupt;
  }

 private:
  z_stream stream_{};
  bool between_members_ = false;
};

class Xz : public Codec {
 public:
  Xz() {
    constexpr std::uint64_t memory_max = std::uint64_t{1} << codec_memory_log2;
    if (lzma_stream_decoder(&stream_, memory_max, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc();
  }
  ~Xz() override { lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  Step step(std::span<const char>& input, std::span<char>& output, bool input_ended) override {
    stream_.next_in = bytes(input.data());
    stream_.avail_in = input.size();
    stream_.next_out = bytes(output.data());
    stream_.avail_out = output.size();
    const lzma_ret code = lzma_code(&stream_, input_ended ? LZMA_FINISH : LZMA_RUN);
    input = input.last(stream_.avail_in);
    output = output.last(stream_.avail_out);
    if (code == LZMA_OK || code == LZMA_BUF_ERROR) return Step::going_on;
    if (code == LZMA_STREAM_END) return Step::ended;
    return code == LZMA_MEMLIMIT_ERROR ? Step::too_large : Step::corrupt;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Zstd : public Codec {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, codec_memory_log2);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Step step(std::span<const char>& input, std::span<char>& output, bool input_ended) override {
    if (between_frames_ && input.empty()) return input_ended ? Step::ended : Step::going_on;
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t code = ZSTD_decompressStream(stream_, &out, &in);
    const bool failed = ZSTD_isError(code) != 0;
    input = input.subspan(failed ? input.size() : in.pos);  // After an error `pos` says nothing.
    output = output.subspan(out.pos);
    between_frames_ = code == 0;
    if (!failed) return Step::going_on;
    const bool large = ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge;
    return large ? Step::too_large : Step::corrupt;
  }

 private:
  ZSTD_DStream* stream_;
  bool between_frames_ = false;
};

template <class Kind>
std::unique_ptr<Codec> make() {
  return std::make_unique<Kind>();
}

using namespace std::string_view_literals;

struct Known {
  std::string_view head;
  Magic magic;
};

// clang-format off: one a line
constexpr std::array known_archives{
    Known{"\x1f\x8b"sv, {"gzip", make<Gzip>}},
    Known{"\xfd\x37\x7a\x58"sv, {"xz", make<Xz>}},
    Known{"\x28\xb5\x2f\xfd"sv, {"zstd", make<Zstd>}},
    Known{"BZh"sv, {"bzip2", nullptr}},
    Known{"PK\x03\x04"sv, {"zip", nullptr}},
    Known{"7z\xbc\xaf"sv, {"7-Zip", nullptr}},
    Known{"\x04\x22\x4d\x18"sv, {"lz4", nullptr}},
};
// clang-format on

}  // namespace

const Magic* archive_magic(std::string_view head) {
  for (const Known& known : known_archives) {
    if (head.starts_with(known.head)) return &known.magic;
  }
  return nullptr;
}

}  // namespace dure::simulate
