#include "dure/simulate/trace/format.h"

namespace dure::simulate {
namespace {

class Sacct : public Format {
 public:
  Outcome read(std::string_view, TraceRow&) override { return {Verdict::unreadable, "sacct is not read yet"}; }
};

}  // namespace

std::unique_ptr<Format> sacct_format() { return std::make_unique<Sacct>(); }

}  // namespace dure::simulate
