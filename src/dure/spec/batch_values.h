// The values of sbatch's options, as Slurm writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/spec/batch_options.h"
#include "dure/spec/refusal.h"

namespace dure::spec {

Readable<std::string> parse_job_name(std::string_view text);
Readable<std::string> parse_tenant(std::string_view text);              // of -A: a path
Readable<std::vector<std::string>> parse_pools(std::string_view text);  // of -p: paths with commas
Readable<std::uint32_t> parse_count(std::string_view text);             // at least 1
Readable<NodeCount> parse_nodes(std::string_view text);                 // `4`, `2-4`
Readable<GpuCount> parse_gpus(std::string_view text);                   // `4`, `h200:4`
Readable<GpuCount> parse_gres(std::string_view text);                   // `gpu`, `gpu:4`, `gpu:h200:4`, `none`
Readable<std::int64_t> parse_memory_amount(std::string_view text);      // `4096`, `64G` -> MiB
// `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes`,
// `days-hours:minutes:seconds`.
Readable<Duration> parse_slurm_time(std::string_view text);
Readable<std::string> check_array(std::string_view text);               // returns it as it is
Readable<BatchDependencies> parse_dependencies(std::string_view text);  // `afterok:1:2,singleton`
Readable<std::string> parse_file_name(std::string_view text);
Readable<std::string> parse_directory(std::string_view text);
Readable<EarlySignal> parse_early_signal(std::string_view text);  // `USR1`, `B:USR1@120`
Readable<Export> parse_export(std::string_view text);             // `ALL`, `NONE`, `ALL,A=b,C`
Readable<std::int64_t> parse_nice(std::string_view text);         // nothing: 100, as in Slurm
Readable<std::int64_t> parse_priority(std::string_view text);

}  // namespace dure::spec
