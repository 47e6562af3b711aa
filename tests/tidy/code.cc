#include <algorithm>
#include <array>
#include <string_view>

#include "rules.h"

namespace dure::tidy {
namespace {

// The core, the policies and what they stand on: they own no clock, thread, file, socket, seed or float.
constexpr std::array<std::string_view, 7> pure_modules{"base", "fleet", "tenancy", "work", "ledger", "core", "policy"};

bool is_pure(const File& file) {
  const bool is_of_tests = file.ends_with("_test.cc") || file.name().starts_with("test_");
  if (!file.is_cpp() || is_of_tests) return false;
  return std::any_of(pure_modules.begin(), pure_modules.end(),
                     [&](std::string_view module) { return file.is_in("src/dure/" + std::string(module)); });
}

struct Banned {
  std::string_view word;
  std::string_view instead;
};

constexpr std::array world{
    Banned{"system_clock", "time comes in with the fact"},
    Banned{"steady_clock", "time comes in with the fact"},
    Banned{"high_resolution_clock", "time comes in with the fact"},
    Banned{"time(", "time comes in with the fact"},
    Banned{"<ctime>", "time comes in with the fact"},
    Banned{"random_device", "the caller passes a seeded dure::Random"},
    Banned{"<random>", "the caller passes a seeded dure::Random"},
    Banned{"std::thread", "one thread owns the core"},
    Banned{"std::jthread", "one thread owns the core"},
    Banned{"std::async", "one thread owns the core"},
    Banned{"<thread>", "one thread owns the core"},
    Banned{"<mutex>", "one thread owns the core"},
    Banned{"<fstream>", "files belong to spec, simulate and above"},
    Banned{"<filesystem>", "files belong to spec, simulate and above"},
    Banned{"<iostream>", "printing belongs to cli"},
    Banned{"<sys/socket.h>", "sockets belong to http"},
    Banned{"getenv", "the environment belongs to cli"},
};

// Random::unit() is there for demand models; nothing in State uses it.
constexpr std::array<std::string_view, 2> may_use_floats{"src/dure/base/random.h", "src/dure/policy/reference/fgd.cc"};

// Files above the limit that stay one, each with the reason in a comment.
constexpr std::array<std::string_view, 1> long_files{
    "src/dure/cli/main.cc",  // what all commands take: CLI11's header, which is large, is read once
};
constexpr std::size_t line_limit = 700;

// `job.time(` and `job->time(` are no calls of time(2).
bool is_member_call(std::string_view code, std::size_t at, std::string_view word) {
  return word.ends_with('(') && at > 0 && (code[at - 1] == '.' || code[at - 1] == '>');
}

void find_banned(const File& file, std::string_view code, const Banned& banned, Findings& findings) {
  for (std::size_t at = find_word(code, banned.word); at != std::string_view::npos;
       at = find_word(code, banned.word, at + 1)) {
    if (is_member_call(code, at, banned.word)) continue;
    findings.push_back(
        {file.path, line_at(code, at), std::string(banned.word) + " in a pure module; " + std::string(banned.instead)});
  }
}

}  // namespace

Findings headers_begin_with_pragma_once(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!file.ends_with(".h")) continue;
    const std::string code = code_of(file.text);
    const std::size_t first = std::min(code.find_first_not_of(" \n"), code.size());
    if (!std::string_view(code).substr(first).starts_with("#pragma once\n")) {
      findings.push_back({file.path, line_at(code, first), "the first line of code of a header is #pragma once"});
    }
  }
  return findings;
}

// So that compiling a source shows its header to be complete; the build checks by themselves only those without one.
Findings sources_include_their_header_first(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!file.is_in("src/dure") || !file.ends_with(".cc")) continue;
    const std::string header = file.path.substr(0, file.path.size() - 2) + "h";
    if (find(tree, header) == nullptr) continue;
    const std::size_t first = file.text.find("#include ");
    const std::string own = "#include \"" + header.substr(std::string_view("src/").size()) + "\"";
    if (first != std::string::npos && file.text.compare(first, own.size(), own) != 0) {
      findings.push_back({file.path, line_at(file.text, first), "the first include of a source is its own header"});
    }
  }
  return findings;
}

Findings pure_modules_touch_no_world(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!is_pure(file)) continue;
    const std::string code = code_of(file.text);
    for (const Banned& banned : world) find_banned(file, code, banned, findings);
  }
  return findings;
}

Findings pure_modules_have_no_floats(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!is_pure(file)) continue;
    if (std::find(may_use_floats.begin(), may_use_floats.end(), file.path) != may_use_floats.end()) continue;
    const std::string code = code_of(file.text);
    for (std::string_view word : {"float", "double"}) {
      find_banned(file, code, {word, "shares and times are integers"}, findings);
    }
  }
  return findings;
}

Findings files_are_about_one_noun(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    const std::size_t count = lines(file.text).size();
    if (!file.is_cpp() || !file.is_in("src") || count <= line_limit) continue;
    if (std::find(long_files.begin(), long_files.end(), file.path) != long_files.end()) continue;
    findings.push_back({file.path, 0,
                        std::to_string(count) + " lines; would two nouns live better in two files? If not, "
                                                "list it in tests/tidy/code.cc with the reason"});
  }
  return findings;
}

}  // namespace dure::tidy
