// What must hold for every file of the repository. One function a rule; `rules` lists them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tree.h"

namespace dure::tidy {

struct Finding {
  std::string path;
  int line = 0;      // 1-based; 0: the file as a whole
  std::string what;  // what is wrong, and what would be right
};

// `path:line: what`.
std::string to_text(const Finding& finding);

using Findings = std::vector<Finding>;

struct Rule {
  const char* name;  // a sentence in PascalCase, as the test is called
  Findings (*check)(const Tree& tree);
};

std::span<const Rule> rules();

// Rules about modules (modules.cc).
Findings includes_follow_deps(const Tree& tree);
Findings arrows_have_no_cycle(const Tree& tree);
Findings sources_are_listed(const Tree& tree);

// Rules about C++ text (code.cc).
Findings headers_begin_with_pragma_once(const Tree& tree);
Findings sources_include_their_header_first(const Tree& tree);
Findings pure_modules_touch_no_world(const Tree& tree);
Findings pure_modules_have_no_floats(const Tree& tree);
Findings files_are_about_one_noun(const Tree& tree);

// Rules about what headers define (types.cc).
Findings types_have_one_header(const Tree& tree);

// Rules about any text (text.cc).
Findings no_promises_in_place_of_work(const Tree& tree);
Findings no_machine_paths(const Tree& tree);
Findings no_large_files(const Tree& tree);
Findings markdown_has_one_title(const Tree& tree);
Findings markdown_links_resolve(const Tree& tree);
Findings translations_keep_up(const Tree& tree);

}  // namespace dure::tidy
