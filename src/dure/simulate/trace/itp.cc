// The Microsoft ITP clusters: job_id,submission_time[s],duration[s],num_gpu.
#include "dure/simulate/trace/table_format.h"

namespace dure::simulate {
namespace {

class Itp : public TableFormat {
 public:
  Itp() : TableFormat(',', Quotes::rfc_4180) {}

 private:
  void bind() override {
    id_ = require("job_id");
    submit_ = require("submission_time");
    run_time_ = require("duration");
    gpus_ = require("num_gpu");
  }

  Outcome read_row(TraceRow& row) override {
    row.id = name(id_);
    row.submit = Time{} + cells().read(seconds_notation, cell(submit_));
    row.run_time = cells().read(seconds_notation, cell(run_time_));
    row.gpus_milli = cells().read(gpus_notation, cell(gpus_));
    if (row.run_time <= Duration{}) return {Verdict::rejected, "no run time"};
    if (row.gpus_milli <= 0) return {Verdict::rejected, "no GPUs"};
    return {Verdict::job};
  }

  Column id_, submit_, run_time_, gpus_;
};

}  // namespace

std::unique_ptr<Format> itp_format() { return std::make_unique<Itp>(); }

}  // namespace dure::simulate
