#include "dure/journal/packing.h"

#include <zstd.h>

namespace dure {

Result<std::vector<std::byte>> pack(std::span<const std::byte> bytes, int level) {
  std::vector<std::byte> packed(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size) != 0) return fail(Code::failed, ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

Result<std::vector<std::byte>> unpack(std::span<const std::byte> packed, std::size_t most_bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most_bytes) {
    return fail(Code::failed, "it does not begin as packed bytes do");
  }
  std::vector<std::byte> bytes(size);
  const std::size_t written = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(written) != 0) return fail(Code::failed, ZSTD_getErrorName(written));
  if (written != size) return fail(Code::failed, "it is cut off");
  return bytes;
}

}  // namespace dure
