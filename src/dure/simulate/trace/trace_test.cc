#include "dure/simulate/trace/trace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace dure::simulate {
namespace {

std::string show(Time time, bool dated) {
  return dated ? to_text(time) : fmt::format("{}", static_cast<double>(time.ns) / 1e9);
}

// One line a row, then what was rejected and skipped.
std::string show(const Result<Trace>& trace) {
  if (!trace) return trace.error().message;
  std::string all;
  for (const TraceRow& row : trace->rows) {
    all += fmt::format("{} at={} run={}", row.id, show(row.submit, trace->dated), to_text(row.run_time));
    if (row.time_limit) all += " limit=" + to_text(*row.time_limit);
    if (row.gpus_milli != 0) all += fmt::format(" gpus={}", static_cast<double>(row.gpus_milli) / 1000);
    if (row.cpus != 0) all += fmt::format(" cpus={}", row.cpus);
    if (row.memory_mib != 0) all += fmt::format(" memory={}", row.memory_mib);
    if (!row.user.empty()) all += " user=" + row.user;
    if (!row.tenant.empty()) all += " tenant=" + row.tenant;
    if (!row.name.empty()) all += " name=" + row.name;
    if (!row.gpu_model.empty()) all += " model=" + row.gpu_model;
    if (!row.partition.empty()) all += " partition=" + row.partition;
    all += "\n";
  }
  for (const Rejected& rejected : trace->rejected)
    all += fmt::format("rejected {}: {}\n", rejected.reason, rejected.count);
  if (trace->skipped != 0) all += fmt::format("skipped {}\n", trace->skipped);
  return all;
}

std::string read(const TraceSpec& spec, std::string_view text) { return show(read_trace_text(spec, "x", text)); }
std::string read(TraceFormat format, std::string_view text) { return read(TraceSpec{.format = format}, text); }

// --- swf

std::string swf(std::string_view number, std::string_view submit, std::string_view run) {
  return fmt::format("{} {} -1 {} 4 -1 -1 2 600 -1 -1 7 -1 -1 -1 -1 -1 -1\n", number, submit, run);
}

TEST(Swf, ReadsTheColumnsOfAJob) {
  EXPECT_EQ(read(TraceFormat::swf, swf("1", "5", "60")), "1 at=5 run=1m limit=10m cpus=2 user=u7 tenant=u7\n");
}

TEST(Swf, TakesAllocatedProcessorsWhereNoneWereRequested) {
  EXPECT_EQ(read(TraceFormat::swf, " 1\t0 -1 60 4 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 "), "1 at=0 run=1m cpus=4\n");
}

TEST(Swf, RejectsWhatCannotRun) {
  EXPECT_EQ(read(TraceFormat::swf, swf("1", "0", "0") + swf("2", "0", "-1") + swf("3", "-1", "60") +
                                       "4 0 -1 60 -1 -1 -1 0 " + "600 -1 -1 7 -1 -1 -1 -1 -1 -1\n"),
            "rejected no processors: 1\nrejected no run time: 2\nrejected no submit time: 1\n");
}

TEST(Swf, KnowsTheMachineFromTheHeader) {
  const auto machine = [](std::string_view comment) {
    return read_trace_text({}, "x", std::string(comment) + "\n" + swf("1", "0", "60"))->machine_processors;
  };
  EXPECT_EQ(machine("; MaxProcs: 100"), 100);
  EXPECT_EQ(machine(";MaxProcs:  338 (of 512)"), 338);
  EXPECT_EQ(machine("; MaxProcs: -1"), std::nullopt);
  EXPECT_EQ(machine("; MaxNodes: 100"), std::nullopt);
  EXPECT_EQ(machine("; Note: MaxProcs: 5"), std::nullopt);
}

// --- itp and philly

TEST(Itp, ReadsGpusAndPassesOverUnitsInTheHeader) {
  EXPECT_EQ(read(TraceFormat::itp,
                 "job_id,submission_time[s],duration[s],num_gpu\r\nf60b,5010,1265.5,8\r\ne,5011,0,1\r\nd,5011,9,0"),
            "f60b at=5010 run=21m5s500ms gpus=8\nrejected no GPUs: 1\nrejected no run time: 1\n");
}

TEST(Philly, ReadsDatesAndVirtualClusters) {
  const auto trace = read_trace_text({.format = TraceFormat::philly}, "x",
                                     "timestamp,duration,num_gpus,gpu_time,cluster\n\n"
                                     "2017-09-04 10:30:41,2240194.0,8,17921552.0,7f04ca\n"
                                     "2017-09-04 10:30:41,1.0,1,1.0,7f04ca\n");
  EXPECT_EQ(show(trace),
            "1 at=2017-09-04T10:30:41Z run=25d22h16m34s gpus=8 tenant=7f04ca\n"
            "2 at=2017-09-04T10:30:41Z run=1s gpus=1 tenant=7f04ca\n");
  EXPECT_TRUE(trace->dated);
}

// --- sacct

TEST(Sacct, ReadsAJobWithItsSteps) {
  EXPECT_EQ(
      read(TraceFormat::sacct,
           "JobID|JobName|User|Account|Partition|State|Submit|Elapsed|Timelimit|ReqTRES|AllocTRES\n"
           "71|train|kim|lab|gpu|COMPLETED|2026-01-02T03:04:05|1-00:00:10|2-00:00:00|cpu=1|"
           "billing=64,cpu=64,gres/gpu:a100=8,gres/gpu=8,mem=1.50T,node=2\n"
           "71.batch|batch||||COMPLETED|2026-01-02T03:05:00|1-00:00:10|||cpu=32,mem=1T,node=1\n"
           "71.extern|extern||||COMPLETED|2026-01-02T03:05:00|1-00:00:10|||cpu=32\n"
           "71.0|python||||COMPLETED|2026-01-02T03:05:00|1-00:00:10|||cpu=32\n"),
      "71 at=2026-01-02T03:04:05Z run=1d10s limit=2d gpus=8 cpus=64 memory=1572864 user=kim tenant=lab name=train "
      "model=a100 partition=gpu\n");
}

TEST(Sacct, KeepsArrayAndHeterogeneousJobsApartAndRequeuedStarts) {
  EXPECT_EQ(read(TraceFormat::sacct,
                 "JobID|Submit|ElapsedRaw|TimelimitRaw|AllocCPUS|State\n"
                 "8_1|2026-01-02T00:00:00|60|90|4|COMPLETED\n"
                 "8_2|2026-01-02T00:00:00|60|UNLIMITED|4|TIMEOUT\n"
                 "8_2.batch|2026-01-02T00:00:00|60||4|CANCELLED\n"
                 "9+0|2026-01-02T00:00:01|60|Partition_Limit|2|CANCELLED by 1000\n"
                 "9+1|2026-01-02T00:00:01|60||2|FAILED\n"
                 "10|2026-01-02T00:00:02|60|0|2|PREEMPTED\n"
                 "10|2026-01-02T00:00:03|60|0|2|NODE_FAIL\n"),
            "8_1 at=2026-01-02T00:00:00Z run=1m limit=1h30m cpus=4\n"
            "8_2 at=2026-01-02T00:00:00Z run=1m cpus=4\n"
            "9+0 at=2026-01-02T00:00:01Z run=1m cpus=2\n"
            "9+1 at=2026-01-02T00:00:01Z run=1m cpus=2\n"
            "10 at=2026-01-02T00:00:02Z run=1m cpus=2\n"
            "10 at=2026-01-02T00:00:03Z run=1m cpus=2\n");
}

TEST(Sacct, RejectsWhatHadNotEndedOrNeverRan) {
  EXPECT_EQ(
      read(TraceFormat::sacct,
           "JobID|Submit|Start|End|AllocTRES|ReqTRES|State|\n"
           "1|2026-01-02T00:00:00|Unknown|Unknown||cpu=1|PENDING|\n"
           "2_[3-9]|2026-01-02T00:00:00|Unknown|Unknown||cpu=1|PENDING|\n"
           "3|2026-01-02T00:00:00|2026-01-02T00:00:00|Unknown|cpu=1|cpu=1|RUNNING|\n"
           "4|2026-01-02T00:00:00|None|2026-01-02T00:00:09||cpu=1|CANCELLED by 5|\n"
           "5|Unknown|2026-01-02T00:00:00|2026-01-02T00:00:09|cpu=1|cpu=1|COMPLETED|\n"
           "6|2026-01-02T00:00:00|2026-01-02T00:00:00|2026-01-02T00:00:09|||COMPLETED|\n"
           "7|2026-01-02T00:00:00|2026-01-02T00:00:00|2026-01-02T00:00:09||cpu=3|COMPLETED|\n"),
      "7 at=2026-01-02T00:00:00Z run=9s cpus=3\n"
      "rejected had not ended: 3\nrejected no processors: 1\nrejected no run time: 1\nrejected no submit time: 1\n");
}

TEST(Sacct, ReadsMemoryPerCpuPerNodeAndInAll) {
  const auto memory = [](std::string_view amount) {
    const auto trace = read_trace_text(
        {.format = TraceFormat::sacct}, "x",
        "JobID|Submit|Elapsed|AllocCPUS|NNodes|ReqMem\n1|2026-01-02T00:00:00|00:01:00|4|2|" + std::string(amount));
    return trace ? trace->rows.at(0).memory_mib : -1;
  };
  EXPECT_EQ(memory("16G"), 16'384);
  EXPECT_EQ(memory("4000Mc"), 16'000);
  EXPECT_EQ(memory("16Gn"), 32'768);
  EXPECT_EQ(memory("0n"), 0);
  EXPECT_EQ(memory(""), 0);
  EXPECT_EQ(memory("4Gx"), -1);
}

TEST(Sacct, NamesTheUserAsTenantWhereThereIsNoAccount) {
  EXPECT_EQ(read(TraceFormat::sacct, "JobIDRaw|Submit|Elapsed|NCPUS|User\n1|2026-01-02T00:00:00|00:01:00|4|kim\n"),
            "1 at=2026-01-02T00:00:00Z run=1m cpus=4 user=kim tenant=kim\n");
}

// --- csv

TEST(Csv, ReadsTheColumnsTheScenarioNames) {
  EXPECT_EQ(
      read({.format = TraceFormat::csv,
            .columns = {{"id", "Job"}, {"submit", "When"}, {"run_time", "Took"}, {"gpus", "GPUs"}, {"tenant", "Team"}}},
           "Team,Job,When,Took,GPUs,memory\n\"vision, a\",7,10,1h30m,0.5,16G\n,8,1m,90.5,2,\n"),
      "7 at=10 run=1h30m gpus=0.5 memory=16384 tenant=vision, a\n8 at=60 run=1m30s500ms gpus=2\n");
}

TEST(Csv, GoesByOurNamesWhereTheScenarioNamesNone) {
  EXPECT_EQ(read(TraceFormat::csv,
                 "id,submit,run_time,time_limit,cpus,user,name\n"
                 "a,2026-01-02T03:04:05.5Z,60,2d,4,kim,\"x\"\"y\"\n"),
            "a at=2026-01-02T03:04:05Z run=1m limit=2d cpus=4 user=kim tenant=kim name=x\"y\n");
}

TEST(Csv, NumbersRowsWithoutAnId) {
  EXPECT_EQ(read(TraceFormat::csv, "submit,run_time,gpus\n0,60,1\n0,60,1\n0,,1\n0,60,0\n"),
            "1 at=0 run=1m gpus=1\n2 at=0 run=1m gpus=1\nrejected no GPUs: 1\nrejected no run time: 1\n");
}

TEST(Csv, AllowsLineEndsWithinQuotesAndCountsThem) {
  EXPECT_EQ(read(TraceFormat::csv, "id,submit,run_time,gpus,note\na,0,60,1,\"one\ntwo, \"\"three\"\"\n\"\nb,0,60,x,\n"),
            "x:5: gpus is 'x'; write a whole number from 0 to 1000000000, or a share of one GPU such as 0.5");
}

TEST(Csv, NeedsTheColumnTheScenarioNames) {
  EXPECT_EQ(read({.format = TraceFormat::csv, .columns = {{"user", "Who"}}}, "submit,run_time,gpus,user\n0,60,1,kim\n"),
            "x:1: the header needs the column 'Who' once; it has, split at ',': submit run_time gpus user");
}

TEST(Csv, NamesEachMissingColumnOnce) {
  EXPECT_EQ(read({.format = TraceFormat::csv, .columns = {{"submit", "t"}, {"run_time", "t"}, {"gpus", "g"}}},
                 "submit,run_time\n0,60\n"),
            "x:1: the header needs the columns 't', 'g' once each; it has, split at ',': submit run_time");
}

TEST(Csv, SaysWhatTheHeaderLooksSeparatedBy) {
  const auto problem = [](char separator) {
    std::string text = "id,submit,run_time,gpus\na,0,60,1\n";
    std::replace(text.begin(), text.end(), ',', separator);
    return read(TraceFormat::csv, text);
  };
  const std::string missing =
      "x:1: the header needs the columns 'submit', 'run_time', 'gpus (or cpus)' once each; it has, "
      "split at ',': ";
  EXPECT_EQ(problem(';'), missing + "id;submit;run_time;gpus; it looks separated by ';': write ',' between columns");
  EXPECT_EQ(problem('\t'), missing + "id submit run_time gpus; it looks separated by tabs: write ',' between columns");
}

// --- the whole

TEST(Trace, IsSortedBySubmitTimeAndOtherwiseAsInTheFile) {
  EXPECT_EQ(read(TraceFormat::itp, "job_id,submission_time,duration,num_gpu\nc,5,1,1\na,3,1,1\nd,5,1,1\nb,3,1,1\n"),
            "a at=3 run=1s gpus=1\nb at=3 run=1s gpus=1\nc at=5 run=1s gpus=1\nd at=5 run=1s gpus=1\n");
}

TEST(Trace, EndsAtTheLimitOfAcceptedRows) {
  const std::string rows =
      swf("1", "9", "60") + swf("2", "0", "0") + swf("3", "5", "60") + swf("4", "0", "60") + "wrong\n";
  EXPECT_EQ(read({.limit = 2}, rows),
            "3 at=5 run=1m limit=10m cpus=2 user=u7 tenant=u7\n1 at=9 run=1m limit=10m cpus=2 user=u7 tenant=u7\n"
            "rejected no run time: 1\n");
}

TEST(Trace, CountsMalformedRowsThatAreSkipped) {
  EXPECT_EQ(
      read({.on_error = OnError::skip}, "wrong\n" + swf("1", "0", "60") + swf("1", "0", "60") + swf("2", "0", "nan")),
      "1 at=0 run=1m limit=10m cpus=2 user=u7 tenant=u7\nskipped 3\n");
}

TEST(Trace, FailsOnADamagedFileEvenWhenRowsAreSkipped) {
  EXPECT_EQ(read({.on_error = OnError::skip}, std::string_view("\x1f\x8b\x08\x00", 4)),
            "x: the archive ends early at byte 4; fetch it again");
}

TEST(Trace, ScalesArrivalsFromTheFirst) {
  const std::string rows = swf("1", "10", "60") + swf("2", "20", "60") + swf("3", "23", "60");
  const auto submits = [&](double scale) {
    const auto trace = read_trace_text({.scale_arrivals = scale}, "x", rows);
    std::vector<std::int64_t> all;
    for (const TraceRow& row : trace->rows) all.push_back(row.submit.ns);
    return all;
  };
  constexpr std::int64_t s = seconds(1).ns;
  EXPECT_EQ(submits(1.0), (std::vector{10 * s, 20 * s, 23 * s}));
  EXPECT_EQ(submits(2.0), (std::vector{10 * s, 15 * s, 16 * s + s / 2}));
  EXPECT_EQ(submits(0.5), (std::vector{10 * s, 30 * s, 36 * s}));
  EXPECT_EQ(submits(3.0), (std::vector{10 * s, 10 * s + 3'333'333'333, 10 * s + 4'333'333'333}));
}

TEST(Trace, RefusesAScaleThatMakesNoSense) {
  const std::string rows = swf("1", "0", "60") + swf("2", "1000000000", "60");
  for (const double scale :
       {0.0, -1.0, 1e-7, 1e7, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(read_trace_text({.scale_arrivals = scale}, "x", rows)) << scale;
  }
  EXPECT_EQ(read({.scale_arrivals = 0.001}, rows),
            "scale_arrivals is 0.001: the trace would last more than a hundred years; write a larger one");
}

TEST(Trace, RefusesAScaleThatLeadsBeyondTheEndOfTime) {
  const std::string rows =
      "submit,run_time,gpus\n2060-01-01T00:00:00,60,1\n2069-12-01T00:00:00,60,1\n";  // ten years apart
  EXPECT_EQ(
      read({.format = TraceFormat::csv, .scale_arrivals = 0.1}, rows),
      "scale_arrivals is 0.1: the last job would arrive at 2159-03-03T00:00:00Z, after 2150-01-01T00:00:00Z; write "
      "a larger one");
  EXPECT_TRUE(read_trace_text({.format = TraceFormat::csv, .scale_arrivals = 0.2}, "x", rows));
}

TEST(Trace, HoldsNoJobsIfNoneWereRead) {
  EXPECT_EQ(read(TraceFormat::sacct, "JobID|Submit|Elapsed|NCPUS\n1.batch|2026-01-02T00:00:00|00:01:00|4\n"),
            "x: no job could be read from it; is it of the format named?");
}

}  // namespace
}  // namespace dure::simulate
