// Every rule on the repository, and every rule on a small tree that breaks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "rules.h"

namespace dure::tidy {

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

namespace {

class Repository : public testing::TestWithParam<Rule> {};

TEST_P(Repository, Keeps) {
  static const Tree tree = read_tree(DURE_SOURCE_DIR);
  ASSERT_NE(find(tree, "CMakeLists.txt"), nullptr) << "no repository at " << DURE_SOURCE_DIR;
  for (const Finding& finding : GetParam().check(tree)) ADD_FAILURE() << to_text(finding);
}

INSTANTIATE_TEST_SUITE_P(Tidy, Repository, testing::ValuesIn(rules().begin(), rules().end()),
                         [](const auto& instance) { return std::string(instance.param.name); });

File text(std::string path, std::string content) {
  const std::uintmax_t size = content.size();
  return {std::move(path), std::move(content), size};
}

// Two modules, `low` and `high`, that keep every rule.
Tree good_tree() {
  return {text("src/dure/core/CMakeLists.txt", "dure_module(core SOURCES a.cc HEADERS a.h DEPS fmt::fmt)\n"),
          text("src/dure/core/a.h",
               "// Doc.\n#pragma once\nnamespace dure {\nstruct Id {};\nclass Job;\nstruct Fleet { struct Part {}; };\n"
               "}\n"),
          text("src/dure/core/a.cc",
               "#include \"dure/core/a.h\"\n// not a double, nor time(\nint n = 1'000; auto s = "
               "\"time(double)\";\n"),
          text("src/dure/spec/CMakeLists.txt",
               "dure_module(spec SOURCES b.cc HEADERS b.h DEPS dure::core TESTS b_test.cc)\n"),
          text("src/dure/spec/b.h",
               "#pragma once\n#include \"dure/core/a.h\"\nnamespace dure::spec { struct Id {}; }\nnamespace dure {\n"
               "class Job final : public Id {};\ntemplate <class Fleet> struct Tree { enum class Part { a }; };\n}\n"),
          text("src/dure/spec/b.cc", "#include \"dure/spec/b.h\"\n#include <fstream>\ndouble d;\n"),
          text("src/dure/spec/b_test.cc", ""),
          text("docs/README.md",
               "# Title\n```\n# no title\n```\n[a](../src/dure/core/a.h#x) [b](https://example.org) "
               "[c](../src)\n")};
}

TEST(TidyRules, AGoodTreeKeepsThemAll) {
  for (const Rule& rule : rules()) {
    for (const Finding& finding : rule.check(good_tree())) ADD_FAILURE() << rule.name << ": " << to_text(finding);
  }
}

struct Breach {
  const char* rule;
  File file;     // replaces the one of that path, or is added
  int line = 0;  // where it must be found
};

const std::vector<Breach> breaches{
    {"IncludesFollowDeps", text("src/dure/core/a.cc", "#include \"dure/core/a.h\"\n#include \"dure/spec/b.h\"\n"), 2},
    {"IncludesFollowDeps", text("src/dure/core/a.cc", "#include \"dure/core/a.h\"\n#include \"dure/nowhere/b.h\"\n"),
     2},
    {"ArrowsHaveNoCycle",
     text("src/dure/core/CMakeLists.txt", "dure_module(core SOURCES a.cc HEADERS a.h DEPS dure::spec)\n"), 0},
    {"SourcesAreListed", text("src/dure/core/forgotten_test.cc", ""), 0},
    {"SourcesAreListed", text("src/dure/core/CMakeLists.txt", "dure_module(core HEADERS a.h\n # a.cc\n)\n"), 0},
    {"SourcesAreListed", text("src/dure/core/forgotten.h", "#pragma once\n"), 0},
    {"HeadersBeginWithPragmaOnce", text("src/dure/core/a.h", "// Doc.\n#include <vector>\n#pragma once\n"), 2},
    {"SourcesIncludeTheirHeaderFirst", text("src/dure/spec/b.cc", "\n#include <vector>\n#include \"dure/spec/b.h\"\n"),
     2},
    {"PureModulesTouchNoWorld", text("src/dure/core/a.cc", "\nauto t = std::time(nullptr);\n"), 2},
    {"PureModulesTouchNoWorld", text("src/dure/core/a.h", "#pragma once\n#include <fstream>\n"), 2},
    {"PureModulesTouchNoWorld", text("src/dure/core/a.cc", "/* x */ std::random_device seed;\n"), 1},
    {"PureModulesHaveNoFloats", text("src/dure/core/a.h", "#pragma once\ndouble share;\n"), 2},
    {"FilesAreAboutOneNoun", text("src/dure/core/a.cc", std::string(701, '\n')), 0},
    {"TypesHaveOneHeader", text("src/dure/spec/b.h", "#pragma once\nnamespace dure {\nstruct Fleet {\n};\n}\n"), 3},
    {"TypesHaveOneHeader",
     text("src/dure/spec/b.h", "#pragma once\nnamespace dure {\nenum class Id : char { a };\n}\n"), 3},
    {"NoPromisesInPlaceOfWork", text("run", "# TODO: later\n"), 1},
    {"NoMachinePaths", text("run", "\ncd /home/me/dure\n"), 2},
    {"NoLargeFiles", text("docs/picture.svg", std::string(400'001, ' ')), 0},
    {"MarkdownHasOneTitle", text("docs/README.md", "# One\n# Two\n"), 0},
    {"MarkdownHasOneTitle", text("docs/README.md", "## None\n"), 0},
    {"MarkdownLinksResolve", text("docs/README.md", "# One\n[gone](gone.md)\n"), 2},
    {"TranslationsKeepUp", text("docs/README.ko.md", "# One\n```\nls\n```\n"), 0},
    {"TranslationsKeepUp", text("docs/README.ko.md", "# One\n## Two\n"), 0},
    {"TranslationsKeepUp", text("docs/other.ko.md", "# One\n"), 0},
};

TEST(TidyRules, EachBreachIsFoundByItsRuleAlone) {
  for (const Breach& breach : breaches) {
    Tree tree = good_tree();
    std::erase_if(tree, [&](const File& file) { return file.path == breach.file.path; });
    tree.push_back(breach.file);
    for (const Rule& rule : rules()) {
      const Findings findings = rule.check(tree);
      if (rule.name != std::string_view(breach.rule)) {
        EXPECT_TRUE(findings.empty()) << rule.name << ": " << to_text(findings.front());
        continue;
      }
      ASSERT_FALSE(findings.empty()) << breach.rule << " overlooks " << breach.file.path;
      EXPECT_EQ(findings.front().line, breach.line) << to_text(findings.front());
    }
  }
}

TEST(TidyRules, EachRuleHasABreach) {
  for (const Rule& rule : rules()) {
    const bool tried = std::any_of(breaches.begin(), breaches.end(),
                                   [&](const Breach& breach) { return breach.rule == std::string_view(rule.name); });
    EXPECT_TRUE(tried) << rule.name;
  }
}

}  // namespace
}  // namespace dure::tidy
