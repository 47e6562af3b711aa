// Microsoft Philly: timestamp,duration,num_gpus,gpu_time,cluster. A row has no id: it gets its number among the rows.
#include <string>

#include "dure/simulate/trace/table_format.h"

namespace dure::simulate {
namespace {

class Philly : public TableFormat {
 public:
  Philly() : TableFormat(',', Quotes::rfc_4180) {}
  bool is_dated() const override { return true; }

 private:
  void bind() override {
    submit_ = require("timestamp");
    run_time_ = require("duration");
    gpus_ = require("num_gpus");
    cluster_ = require("cluster");
  }

  Outcome read_row(TraceRow& row) override {
    row.id = std::to_string(++row_number_);
    row.submit = cells().read(date_notation, cell(submit_));
    row.run_time = cells().read(seconds_notation, cell(run_time_));
    row.gpus_milli = cells().read(gpus_notation, cell(gpus_));
    row.tenant = name(cluster_);
    if (row.run_time <= Duration{}) return {Verdict::rejected, "no run time"};
    if (row.gpus_milli <= 0) return {Verdict::rejected, "no GPUs"};
    return {Verdict::job};
  }

  Column submit_, run_time_, gpus_, cluster_;
  std::uint64_t row_number_ = 0;
};

}  // namespace

std::unique_ptr<Format> philly_format() { return std::make_unique<Philly>(); }

}  // namespace dure::simulate
