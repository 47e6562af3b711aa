// The content of an archive, unpacked as it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dure/simulate/trace/byte_source.h"
#include "dure/simulate/trace/codec.h"

namespace dure::simulate {

class UnpackedBytes : public ByteSource {
 public:
  // `name` stands for the archive in messages.
  UnpackedBytes(std::string name, std::unique_ptr<ByteSource> packed, std::unique_ptr<Codec> codec);
  Result<std::size_t> read(std::span<char> out) override;

 private:
  Result<void> refill();
  tl::unexpected<Error> broken(std::string_view what) const;

  std::string name_;
  std::unique_ptr<ByteSource> packed_;
  std::unique_ptr<Codec> codec_;
  std::vector<char> buffer_;
  std::span<const char> input_;  // the part of buffer_ not yet unpacked
  std::uint64_t packed_read_ = 0;
  bool packed_ended_ = false;
  bool ended_ = false;
};

// Returns `bytes` itself, or unpacked if its first bytes are those of an archive.
// Fails on an archive of a kind that is not read. `name` is for messages.
Result<std::unique_ptr<ByteSource>> unpack(const std::string& name, std::unique_ptr<ByteSource> bytes);

}  // namespace dure::simulate
