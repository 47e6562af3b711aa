#include "dure/work/window.h"

#include <algorithm>

namespace dure {

bool Window::has(NodeId node) const { return std::binary_search(nodes.begin(), nodes.end(), node); }

std::string_view to_text(WindowPurpose purpose) {
  switch (purpose) {
    case WindowPurpose::maintenance: return "maintenance";
    case WindowPurpose::reserved: return "reserved";
  }
  return "?";
}

std::string_view to_text(CloseCause cause) {
  switch (cause) {
    case CloseCause::over: return "over";
    case CloseCause::withdrawn: return "withdrawn";
  }
  return "?";
}

}  // namespace dure
