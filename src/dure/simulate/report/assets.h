// The parts of the page that do not depend on the run, from page.css and page.js beside this file.
#pragma once

#include <string_view>

namespace dure::simulate {

extern const std::string_view page_css;
extern const std::string_view page_js;

}  // namespace dure::simulate
