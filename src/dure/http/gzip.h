// Packing and unpacking of bodies.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace dure::http {

// Packs one body after the other with the same 256 KiB of working memory. For one thread at a time.
class GzipPacker {
 public:
  GzipPacker();
  ~GzipPacker();
  GzipPacker(const GzipPacker&) = delete;
  GzipPacker& operator=(const GzipPacker&) = delete;

  std::string pack(std::string_view bytes);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

struct Unpacked {
  enum class Outcome { whole, too_large, damaged };

  Outcome outcome = Outcome::whole;
  std::string bytes;  // empty unless whole
};

// Unpacks gzip, at most `bytes_max` of it: what is larger costs no more memory than that to find out.
Unpacked unpack_gzip(std::string_view packed, std::size_t bytes_max);

}  // namespace dure::http
