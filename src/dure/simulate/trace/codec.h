// The compressed formats a trace may come in, each a step function over chunks.
#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace dure::simulate {

enum class Step {
  going_on,   // more input or more room for output is needed
  ended,      // the archive is complete and nothing follows it
  corrupt,    // the archive is damaged, or something else follows it
  too_large,  // the archive needs more memory to unpack than we give it
};

// Memory one archive may ask for while it is unpacked: enough for every level of each tool but the `--long` ones.
constexpr int codec_memory_log2 = 27;

class Codec {
 public:
  virtual ~Codec() = default;
  // Takes from the front of `input` and fills the front of `output`, shortening both.
  // `input_ended`: nothing comes after `input`.
  virtual Step step(std::span<const char>& input, std::span<char>& output, bool input_ended) = 0;
};

// What a file is by its first bytes. Four bytes decide; fewer are plain text.
struct Magic {
  std::string_view name;              // "gzip", for messages
  std::unique_ptr<Codec> (*codec)();  // nullptr: a format we do not read
};

// Returns nullptr for anything that is not a known archive. The result lives forever.
const Magic* archive_magic(std::string_view head);

}  // namespace dure::simulate
