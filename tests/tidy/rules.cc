#include "rules.h"

#include <array>

namespace dure::tidy {

std::string to_text(const Finding& finding) {
  const std::string where = finding.line > 0 ? finding.path + ":" + std::to_string(finding.line) : finding.path;
  return where + ": " + finding.what;
}

std::span<const Rule> rules() {
  static constexpr std::array all{
      Rule{"IncludesFollowDeps", includes_follow_deps},
      Rule{"ArrowsHaveNoCycle", arrows_have_no_cycle},
      Rule{"SourcesAreListed", sources_are_listed},
      Rule{"HeadersBeginWithPragmaOnce", headers_begin_with_pragma_once},
      Rule{"SourcesIncludeTheirHeaderFirst", sources_include_their_header_first},
      Rule{"PureModulesTouchNoWorld", pure_modules_touch_no_world},
      Rule{"PureModulesHaveNoFloats", pure_modules_have_no_floats},
      Rule{"FilesAreAboutOneNoun", files_are_about_one_noun},
      Rule{"TypesHaveOneHeader", types_have_one_header},
      Rule{"NoPromisesInPlaceOfWork", no_promises_in_place_of_work},
      Rule{"NoMachinePaths", no_machine_paths},
      Rule{"NoLargeFiles", no_large_files},
      Rule{"MarkdownHasOneTitle", markdown_has_one_title},
      Rule{"MarkdownLinksResolve", markdown_links_resolve},
      Rule{"TranslationsKeepUp", translations_keep_up},
  };
  return all;
}

}  // namespace dure::tidy
