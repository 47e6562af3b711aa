#include "dure/simulate/jobs_csv.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "dure/fleet/folded_nodes.h"
#include "dure/simulate/channel.h"
#include "dure/simulate/csv_file.h"

namespace dure::simulate {
namespace {

constexpr std::size_t rows_in_a_batch = 1024;
constexpr std::size_t batches_under_way = 4;

struct Row {
  std::string source_id;
  JobId job;
  TenantId tenant;
  Time submitted;
  Time start;
  Time end;
  std::int64_t size_milli = 0;
  std::uint32_t tasks = 0;
  std::uint32_t evictions = 0;
  Outcome outcome = Outcome::completed;
  std::size_t pieces = 0;  // of its allocation
};

using Paths = std::vector<std::string>;

std::shared_ptr<const Paths> paths_of(const Tenants& tenants) {
  Paths paths;
  for (std::size_t t = 0; t < tenants.size(); ++t) paths.push_back(tenants[id_of<TenantTag>(t)].path);
  return std::make_shared<const Paths>(std::move(paths));
}

// Rows, and the allocations of all of them one after the other.
struct Batch {
  std::shared_ptr<const Paths> tenants;  // by TenantId, from the first row on; null: as before
  std::vector<Row> rows;
  Allocation pieces;
};

}  // namespace

class JobsCsv::Writer {
 public:
  Writer(CsvFile file, const State& state) : file_(std::move(file)), fleet_(state.fleet()), noted_(batches_under_way) {
    batch_.tenants = paths_of(state.tenants());
    thread_ = std::thread([this] {
      while (const std::optional<Batch> batch = noted_.take()) write(*batch);
    });
  }
  ~Writer() { finish(); }

  void name_tenants(const Tenants& tenants) {
    noted_.put(std::exchange(batch_, {}));
    batch_.tenants = paths_of(tenants);
  }

  void note(const FinishedJob& finished) {
    const Job& job = finished.job;
    batch_.rows.push_back({.source_id = std::string(finished.source_id),
                           .job = job.id,
                           .tenant = job.tenant,
                           .submitted = job.submitted,
                           .start = finished.start,
                           .end = finished.end,
                           .size_milli = finished.size_milli,
                           .tasks = job.placed_tasks(),
                           .evictions = job.evictions,
                           .outcome = finished.outcome,
                           .pieces = job.allocation.size()});
    batch_.pieces.insert(batch_.pieces.end(), job.allocation.begin(), job.allocation.end());
    if (batch_.rows.size() == rows_in_a_batch) noted_.put(std::exchange(batch_, {}));
  }

  Result<void> close() {
    noted_.put(std::exchange(batch_, {}));
    finish();
    return file_.close();
  }

 private:
  void finish() {
    noted_.close();
    if (thread_.joinable()) thread_.join();
  }

  void write(const Batch& batch) {
    if (batch.tenants) tenants_ = batch.tenants;
    std::span<const Placement> pieces = batch.pieces;
    for (const Row& row : batch.rows) {
      write(row, pieces.first(row.pieces));
      pieces = pieces.subspan(row.pieces);
    }
  }

  void write(const Row& row, std::span<const Placement> allocation) {
    if (row.source_id.empty()) {
      file_.add_integer(row.job.value);
    } else {
      file_.add_text(row.source_id);
    }
    for (std::int64_t ns : {row.submitted.ns, row.start.ns, row.end.ns, (row.start - row.submitted).ns}) {
      file_.add_seconds(ns);
    }
    file_.add_text((*tenants_)[row.tenant.index()]);
    file_.add_milli(row.size_milli);
    file_.add_integer(row.tasks);
    file_.add_text(to_text(row.outcome));
    file_.add_integer(row.evictions);
    file_.add_text(folded_nodes(fleet_, allocation));
    file_.end_row();
  }

  CsvFile file_;
  const Fleet fleet_;  // copies, for the state belongs to another thread
  std::shared_ptr<const Paths> tenants_;
  Batch batch_;
  Channel<Batch> noted_;
  std::thread thread_;
};

Result<JobsCsv> JobsCsv::create(const std::filesystem::path& path, const State& state) {
  constexpr std::string_view header = "job,submit_s,start_s,end_s,wait_s,tenant,size,tasks,outcome,evictions,where";
  return CsvFile::create(path, header).map([&](CsvFile file) {
    return JobsCsv(std::make_unique<Writer>(std::move(file), state));
  });
}

JobsCsv::JobsCsv(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
JobsCsv::JobsCsv(JobsCsv&& other) noexcept = default;
JobsCsv::~JobsCsv() = default;

void JobsCsv::on_fact(const State& state, const Fact& fact) {
  if (std::holds_alternative<TenantsDeclared>(fact.change)) writer_->name_tenants(state.tenants());
}

void JobsCsv::add(const FinishedJob& finished) { writer_->note(finished); }

Result<void> JobsCsv::close() { return writer_->close(); }

}  // namespace dure::simulate
