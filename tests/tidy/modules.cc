#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules.h"

namespace dure::tidy {
namespace {

// A folder of src/dure whose CMakeLists.txt calls dure_module.
struct Module {
  const File* cmake = nullptr;
  std::string name;            // the target is dure::<name>
  std::set<std::string> deps;  // module names; libraries of others are left out
};

// By folder below src/dure, such as `fleet`.
using Modules = std::map<std::string, Module, std::less<>>;

constexpr std::string_view source_root = "src/dure/";

// Returns the words of a CMake file without comments; brackets are words of their own.
std::vector<std::string> cmake_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view line : lines(text)) {
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    };
    for (char c : line.substr(0, line.find('#'))) {
      if (c == ' ' || c == '\t' || c == '"') {
        end_word();
      } else if (c == '(' || c == ')') {
        end_word();
        words.emplace_back(1, c);
      } else {
        word.push_back(c);
      }
    }
    end_word();
  }
  return words;
}

std::optional<Module> read_module(const File& cmake) {
  const std::vector<std::string> words = cmake_words(cmake.text);
  const auto call = std::find(words.begin(), words.end(), "dure_module");
  if (words.end() - call < 3) return std::nullopt;
  Module module{.cmake = &cmake, .name = call[2], .deps = {}};
  bool in_deps = false;
  for (auto word = call + 3; word != words.end() && *word != ")"; ++word) {
    if (*word == "SOURCES" || *word == "HEADERS" || *word == "DEPS" || *word == "TESTS" || *word == "THREADED") {
      in_deps = *word == "DEPS";
    } else if (in_deps && word->starts_with("dure::")) {
      module.deps.insert(word->substr(6));
    }
  }
  return module;
}

Modules read_modules(const Tree& tree) {
  Modules modules;
  for (const File& file : tree) {
    if (!file.path.starts_with(source_root) || file.name() != "CMakeLists.txt" || file.folder() == "src/dure") continue;
    if (auto module = read_module(file)) {
      modules.emplace(file.folder().substr(source_root.size()), *std::move(module));
    }
  }
  return modules;
}

// Returns the module of a path below src/dure: that of its folder, or of the nearest folder above.
std::optional<std::string> module_of(const Modules& modules, std::string_view path) {
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
    path = path.substr(0, slash);
    if (modules.contains(path)) return std::string(path);
  }
  return std::nullopt;
}

// Returns the names of the modules that the DEPS of the one at `folder` lead to.
std::set<std::string> reachable(const Modules& modules, std::string_view folder) {
  std::set<std::string> reached;
  std::vector<const Module*> open{&modules.find(folder)->second};
  while (!open.empty()) {
    const Module* from = open.back();
    open.pop_back();
    for (const std::string& dep : from->deps) {
      if (!reached.insert(dep).second) continue;
      for (const auto& [other, module] : modules) {
        if (module.name == dep) open.push_back(&module);
      }
    }
  }
  return reached;
}

// Returns the path in `#include "dure/..."`, without `dure/`.
std::optional<std::string_view> our_include(std::string_view line) {
  constexpr std::string_view opening = "#include \"dure/";
  if (!line.starts_with(opening)) return std::nullopt;
  line.remove_prefix(opening.size());
  return line.substr(0, line.find('"'));
}

// True if a CMakeLists.txt beside the file or in a folder above names it.
bool is_listed(const Tree& tree, const File& file) {
  for (const File& cmake : tree) {
    if (cmake.name() != "CMakeLists.txt" || !file.is_in(cmake.folder())) continue;
    const std::size_t prefix = cmake.folder().empty() ? 0 : cmake.folder().size() + 1;
    const std::string relative = file.path.substr(prefix);
    for (const std::string& word : cmake_words(cmake.text)) {
      if (word == relative) return true;
    }
  }
  return false;
}

}  // namespace

Findings includes_follow_deps(const Tree& tree) {
  Findings findings;
  const Modules modules = read_modules(tree);
  for (const File& file : tree) {
    if (!file.is_cpp() || !file.path.starts_with(source_root)) continue;
    const auto from = module_of(modules, file.path.substr(source_root.size()));
    if (!from) continue;  // a program, which may use everything
    const std::set<std::string> allowed = reachable(modules, *from);
    int number = 0;
    for (std::string_view line : lines(file.text)) {
      ++number;
      const auto included = our_include(line);
      if (!included) continue;
      const auto to = module_of(modules, *included);
      if (to && (*to == *from || allowed.contains(modules.find(*to)->second.name))) continue;
      const std::string name = to ? "module " + *to : "a folder that is no module";
      findings.push_back({file.path, number, "includes " + name + ", which the DEPS of " + *from + " do not reach"});
    }
  }
  return findings;
}

Findings arrows_have_no_cycle(const Tree& tree) {
  Findings findings;
  const Modules modules = read_modules(tree);
  for (const auto& [folder, module] : modules) {
    if (reachable(modules, folder).contains(module.name)) {
      findings.push_back({module.cmake->path, 0, "the DEPS of " + folder + " lead back to it"});
    }
  }
  return findings;
}

Findings sources_are_listed(const Tree& tree) {
  Findings findings;
  const Modules modules = read_modules(tree);
  for (const File& file : tree) {
    const bool is_header_of_module = file.ends_with(".h") && !file.name().starts_with("test_") &&  // tests include it
                                     file.path.starts_with(source_root) &&
                                     module_of(modules, file.path.substr(source_root.size()));
    if ((file.ends_with(".cc") || is_header_of_module) && !is_listed(tree, file)) {
      findings.push_back({file.path, 0, "no CMakeLists.txt names it, so it is neither built nor tested"});
    }
  }
  return findings;
}

}  // namespace dure::tidy
