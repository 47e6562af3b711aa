// Names of hosts in one text, as Slurm writes them: `gpu[001-016,20],login1`. Several brackets in a name multiply, and
// the last of them varies fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dure {

constexpr std::size_t longest_host_name = 128;  // bytes

// Why a host list was refused, for whoever knows its place: "found a '[' at character 4 that is never closed; write
// the ']'". Nothing of the text is in it.
struct HostListMistake {
  std::string found;
  std::string remedy;
};

// Returns the names in their order, at least one and at most `most`. A number has as many digits as it is written with,
// those of a range at least as many as its first. O(length of the text and of the names), whatever the text says.
tl::expected<std::vector<std::string>, HostListMistake> read_host_list(std::string_view text, std::uint32_t most);

// Returns the text that reads back as these names, with brackets around the last number where neighbours differ in it
// alone. Requires names without ',', '[' and ']', none of them empty. O(length of the names).
std::string to_host_list(std::span<const std::string> names);

}  // namespace dure
