// Canonical bytes: fixed-width little-endian integers, and lengths before sequences. Used for digests and the journal.
// A type names its members once, for writing and for reading:
//
//   template <class Archive> void fields(Archive& archive, Like<Job> auto& job) { archive(job.id); ... }
//
// and an enum that is read back its last value: `constexpr Launch last_of(Launch) { return Launch::once; }`.
//
// A type that was kept on disk before it got a new member names that only in the newer layout:
//
//   if (archive.layout >= Layout::placing) archive(job.hot_swap);
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
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

// T, const where it is written and not const where it is read.
template <class T, class Value>
concept Like = std::same_as<std::remove_const_t<T>, Value>;

// What there was to write, by when. Whoever keeps bytes says of which layout they are.
enum class Layout : std::uint8_t {
  first,
  placing,   // segments, spread, deadlines, hot swap; what a pool promises to those that run there
  faults,    // nodes in quarantine
  causes,    // why and for whom a job is told to stop
  windows,   // jobs that name one
  fairness,  // turns of users, and whom jobs of higher priority evict
  racks,     // guarantees of whole racks
  hosts,     // pools whose nodes have names of their own
  runs,      // when jobs ran by their engines' clocks, on which devices, and why a start failed
};
constexpr Layout last_of(Layout) { return Layout::runs; }

// Appends values to a buffer that is reused from one value to the next.
class ByteWriter {
 public:
  Layout layout = last_of(Layout{});

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
  template <class... Ts>
  void operator()(const std::variant<Ts...>& value) {
    static_assert(sizeof...(Ts) <= 256);
    (*this)(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& alternative) { (*this)(alternative); }, value);
  }
  template <class T>
    requires requires(ByteWriter& writer, const T& value) { fields(writer, value); }
  void operator()(const T& value) {
    fields(*this, value);
  }
  // Without a length before it: the reader must know it.
  void raw(std::span<const std::byte> bytes) { raw(bytes.data(), bytes.size()); }

 private:
  void raw(const void* data, std::size_t size) {
    if (size_ + size > buffer_.size()) buffer_.resize((size_ + size) * 2 + 64);
    if (size > 0) std::memcpy(buffer_.data() + size_, data, size);
    size_ += size;
  }

  std::vector<std::byte> buffer_;
  std::size_t size_ = 0;
};

// Reads back what a ByteWriter wrote, and nothing else: whatever it accepts is written again as the same bytes. Total:
// on anything wrong it fails, reads no further, and leaves the rest as it was. Memory is bounded by the input's size.
class ByteReader {
 public:
  Layout layout = last_of(Layout{});

  // `bytes` must outlive the reader.
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool has_failed() const { return failed_; }
  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }
  // Everything was read, and nothing was wrong.
  bool is_done() const { return !failed_ && left() == 0; }
  // For what the types alone do not tell apart.
  void fail() { failed_ = true; }

  template <Plain T>
  void operator()(T& value) {
    T read{};
    if constexpr (std::is_same_v<T, bool>) {
      const std::uint8_t byte = number<std::uint8_t>();
      if (byte > 1) failed_ = true;
      read = byte == 1;
    } else if constexpr (std::is_enum_v<T>) {
      const auto wire = number<std::underlying_type_t<T>>();
      if (wire < 0 || wire > static_cast<std::underlying_type_t<T>>(last_of(T{}))) failed_ = true;
      read = static_cast<T>(wire);
    } else {
      read = number<T>();
    }
    if (!failed_) value = read;
  }
  template <class Tag>
  void operator()(Id<Tag>& id) {
    (*this)(id.value);
  }
  void operator()(Time& time) { (*this)(time.ns); }
  void operator()(Duration& duration) { (*this)(duration.ns); }
  void operator()(std::string& text) {
    const std::span<const std::byte> bytes = raw(length());
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    const std::size_t size = length();
    values.clear();
    values.reserve(std::min(size, left() / sizeof(T) + 1));  // a length may lie
    for (std::size_t i = 0; i < size && !failed_; ++i) (*this)(values.emplace_back());
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    bool is_there = false;
    (*this)(is_there);
    if (is_there) (*this)(value.emplace());
  }
  template <class... Ts>
  void operator()(std::variant<Ts...>& value) {
    using Read = void (*)(ByteReader&, std::variant<Ts...>&);
    static constexpr std::array<Read, sizeof...(Ts)> reads{&read_as<Ts, std::variant<Ts...>>...};
    const std::uint8_t index = number<std::uint8_t>();
    if (index >= reads.size()) failed_ = true;
    if (!failed_) reads[index](*this, value);
  }
  template <class T>
    requires requires(ByteReader& reader, T& value) { fields(reader, value); }
  void operator()(T& value) {
    // Deeper than anything real; a type that contains itself must not exhaust the stack.
    if (depth_ == 64) failed_ = true;
    if (failed_) return;
    ++depth_;
    fields(*this, value);
    --depth_;
  }
  // The next `size` bytes as they are; none after a failure.
  std::span<const std::byte> raw(std::size_t size) {
    if (size > left()) failed_ = true;
    if (failed_) return {};
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

 private:
  template <class T, class Variant>
  static void read_as(ByteReader& reader, Variant& value) {
    reader(value.template emplace<T>());
  }
  template <class T>
  T number() {
    T value{};
    if (failed_ || left() < sizeof value) {
      failed_ = true;
      return value;
    }
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  // Of a sequence: nothing takes less than a byte. Zero after a failure.
  std::size_t length() {
    const std::size_t size = number<std::uint32_t>();
    if (size > left()) failed_ = true;
    return failed_ ? 0 : size;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

// Returns the value whose canonical bytes these are, all of them; nullopt if there is none.
template <class T>
std::optional<T> from_bytes(std::span<const std::byte> bytes) {
  T value;
  ByteReader reader(bytes);
  reader(value);
  if (!reader.is_done()) return std::nullopt;
  return value;
}

}  // namespace dure
