#include "dure/import/history_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "dure/import/slurm_account.h"
#include "dure/simulate/trace/format.h"

namespace dure::importing {
namespace {

constexpr std::size_t unreadable_shown_most = 3;
constexpr std::string_view columns = "id,submit,run_time,time_limit,gpus,cpus,memory,user,tenant,gpu_model,partition";

}  // namespace

Result<void> HistoryImport::add(simulate::TextSource text) {
  const std::unique_ptr<simulate::Format> format = simulate::sacct_format();
  while (true) {
    const auto line = text.next_line();
    if (!line) return tl::unexpected<Error>(line.error());
    if (!*line) return {};
    simulate::TraceRow row;
    const simulate::Outcome outcome = format->read(**line, row);
    switch (outcome.verdict) {
      case simulate::Verdict::nothing: break;
      case simulate::Verdict::job:
        if (auto written = write(row); !written) return written;
        break;
      case simulate::Verdict::rejected: ++left_out_.try_emplace(std::string(outcome.why)).first->second; break;
      case simulate::Verdict::malformed:
        if (++unreadable_ <= unreadable_shown_most) {
          first_unreadable_.push_back(fmt::format("{}:{}: {}", text.name(), text.line_number(), outcome.why));
        }
        break;
      case simulate::Verdict::unreadable:
        return fail(Code::invalid_argument, fmt::format("{}:{}: {}", text.name(), text.line_number(), outcome.why));
    }
  }
}

void HistoryImport::count(const simulate::TraceRow& row) {
  ++jobs_;
  if (row.gpus_milli > 0) ++jobs_with_gpus_;
  accounts_.insert(row.tenant);
  ++partitions_[row.partition];
  if (!row.time_limit) longest_unlimited_ = std::max(longest_unlimited_, row.run_time);
  first_ = std::min(first_, row.submit);
  last_ = std::max(last_, row.submit);
}

Result<void> HistoryImport::write(const simulate::TraceRow& row) {
  if (!file_) {
    auto file = simulate::CsvFile::create(place_(), columns);
    if (!file) return tl::unexpected<Error>(file.error());
    file_.emplace(*std::move(file));
  }
  count(row);
  file_->add_text(row.id);
  file_->add_text(to_text(row.submit));
  file_->add_seconds(row.run_time.ns);
  row.time_limit ? file_->add_seconds(row.time_limit->ns) : file_->add_text("");
  file_->add_milli(row.gpus_milli);
  file_->add_integer(row.cpus);
  file_->add_integer(row.memory_mib);
  file_->add_text(row.user);
  file_->add_text(tenant_name(row.tenant));
  file_->add_text(row.gpu_model);
  file_->add_text(row.partition);
  file_->end_row();
  return {};
}

Result<void> HistoryImport::close() {
  if (jobs_ == 0 && unreadable_ > 0) {
    return fail(Code::invalid_argument,
                first_unreadable_.front() + "; no line is a job: write what `sacct -aXP --format=...` prints");
  }
  return file_ ? file_->close() : Result<void>();
}

void HistoryImport::tell(Notes& notes) const {
  for (const auto& [reason, count] : left_out_) notes.push_back({counted(count, "job"), reason + ", and left out", ""});
  if (unreadable_ > 0) {
    std::string lines = first_unreadable_.front();
    for (std::size_t i = 1; i < first_unreadable_.size(); ++i) lines += "; " + first_unreadable_[i];
    notes.push_back({counted(unreadable_, "line") + " of sacct", "could not be read, and left out: " + lines,
                     "take the output again if it was cut off"});
  }
}

}  // namespace dure::importing
