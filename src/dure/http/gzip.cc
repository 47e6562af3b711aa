#include "dure/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "dure/base/assert.h"

namespace dure::http {
namespace {

constexpr int gzip_window = 15 + 16;  // 32 KiB, and gzip around it: zlib's way to say so

// zlib's interface is not const; it does not write to its input.
Bytef* input_of(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

class Inflater {
 public:
  explicit Inflater(std::string_view packed) {
    DURE_ASSERT(packed.size() <= std::numeric_limits<uInt>::max());
    stream_.next_in = input_of(packed);
    stream_.avail_in = static_cast<uInt>(packed.size());
    DURE_ASSERT(inflateInit2(&stream_, gzip_window) == Z_OK);
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends at most `room` bytes to `out`, and returns what zlib says.
  int next(std::string& out, std::size_t room) {
    const std::size_t before = out.size();
    out.resize(before + room);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    out.resize(before + room - stream_.avail_out);
    return result;
  }

  bool has_input() const { return stream_.avail_in > 0; }
  // A gzip file may be several, one after the other.
  bool begin_member() { return inflateReset(&stream_) == Z_OK; }

 private:
  z_stream stream_{};
};

}  // namespace

struct GzipPacker::Stream {
  z_stream z{};
};

GzipPacker::GzipPacker() : stream_(std::make_unique<Stream>()) {
  // Level 1: 100 MB/s and JSON to a tenth; whoever waits for the answer shares this thread.
  DURE_ASSERT(deflateInit2(&stream_->z, 1, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
}

GzipPacker::~GzipPacker() { deflateEnd(&stream_->z); }

std::string GzipPacker::pack(std::string_view bytes) {
  z_stream& z = stream_->z;
  DURE_ASSERT(bytes.size() <= std::numeric_limits<uInt>::max());
  DURE_ASSERT(deflateReset(&z) == Z_OK);
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = input_of(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  DURE_ASSERT(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  return out;
}

Unpacked unpack_gzip(std::string_view packed, std::size_t bytes_max) {
  constexpr std::size_t step = 65'536;
  Inflater inflater(packed);
  Unpacked unpacked;
  for (;;) {
    // One byte more than is allowed: whether it is used tells the largest whole body from one too large.
    const int result = inflater.next(unpacked.bytes, std::min(step, bytes_max - unpacked.bytes.size() + 1));
    if (unpacked.bytes.size() > bytes_max) return {.outcome = Unpacked::Outcome::too_large};
    if (result == Z_STREAM_END && !inflater.has_input()) return unpacked;
    if (result == Z_STREAM_END && inflater.begin_member()) continue;
    if (result != Z_OK) return {.outcome = Unpacked::Outcome::damaged};
  }
}

}  // namespace dure::http
