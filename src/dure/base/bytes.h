// Canonical bytes: fixed-width little-endian integers, and lengths before sequences. Used for digests and the journal,
// so that both describe a value once: a type writes itself as `template <class Archive> void fields(Archive&, T&)`.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

static_assert(std::endian::native == std::endian::little, "canonical bytes are written as they lie in memory");

template <class T>
concept Plain = std::is_integral_v<T> || std::is_enum_v<T>;

// Appends values to a buffer that is reused from one value to the next.
class ByteWriter {
 public:
  void clear() { size_ = 0; }
  std::span<const std::byte> bytes() const { return {buffer_.data(), size_}; }

  template <Plain T>
  void operator()(T value) {
    raw(&value, sizeof value);
  }
  template <class Tag>
  void operator()(Id<Tag> id) {
    (*this)(id.value);
  }
  void operator()(Time time) { (*this)(time.ns); }
  void operator()(Duration duration) { (*this)(duration.ns); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  template <class T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) (*this)(value);
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <class T>
    requires requires(ByteWriter& writer, const T& value) { fields(writer, value); }
  void operator()(const T& value) {
    fields(*this, value);
  }

 private:
  void raw(const void* data, std::size_t size) {
    if (size_ + size > buffer_.size()) buffer_.resize((size_ + size) * 2 + 64);
    if (size > 0) std::memcpy(buffer_.data() + size_, data, size);
    size_ += size;
  }

  std::vector<std::byte> buffer_;
  std::size_t size_ = 0;
};

}  // namespace dure
