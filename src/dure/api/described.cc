#include "dure/api/described.h"

#include <boost/json/parse.hpp>
#include <utility>

#include "dure/api/described_ledger.h"

namespace dure::api {
namespace {

// Members that are not `required` are left out where there is nothing to say.
constexpr std::string_view schemas_text = R"json({
"Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
  "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
  "detail": {"type": "string", "description": "a sentence for people; a line for each mistake of a document"}}},

"Done": {"type": "object", "required": ["sequence"], "properties": {
  "sequence": {"type": "integer", "description": "of the last fact that the answer knows of"}}},

"JobDocument": {"type": "object", "required": ["name", "script"],
  "description": "a job as docs/jobs.md has it; unknown keys are mistakes",
  "properties": {
  "name": {"type": "string"}, "tenant": {"type": "string"},
  "tasks": {"oneOf": [{"type": "integer", "minimum": 1},
                      {"type": "object", "required": ["min", "max"],
                       "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}}}]},
  "per_task": {"type": "object", "minProperties": 1,
    "description": "numbers with at most 3 decimals, and without an exponent", "properties": {
    "gpus": {"type": "number"}, "cpus": {"type": "number"}, "memory": {"type": "string"}}},
  "pools": {"type": "array", "items": {"type": "string"}}, "gpu_model": {"type": "string"},
  "within": {"$ref": "#/components/schemas/Level"}, "prefer": {"$ref": "#/components/schemas/Level"},
  "segments": {"$ref": "#/components/schemas/Segments"}, "spread": {"$ref": "#/components/schemas/Spread"},
  "time_limit": {"type": "string"}, "priority": {"type": "integer"},
  "start_by": {"type": "string", "description": "a time, or a duration from the submission on"},
  "finish_by": {"type": "string", "description": "likewise; stands for start_by, earlier by the time limit"},
  "window": {"type": "string", "description": "the name of a reserved window"},
  "checkpoint": {"type": "object", "required": ["every"], "properties": {
    "every": {"type": "string"}, "signal": {"type": "string"}, "grace": {"type": "string"}}},
  "launch": {"enum": ["per_task", "once", "terminal"]}, "script": {"type": "string"},
  "arguments": {"type": "array", "items": {"type": "string"}},
  "environment": {"type": "object", "additionalProperties": {"type": "string"}},
  "directory": {"type": "string"}, "output": {"type": "string"}, "error": {"type": "string"},
  "append": {"type": "boolean"},
  "early_signal": {"type": "object", "required": ["signal", "before"], "properties": {
    "signal": {"type": "string"}, "before": {"type": "string"}, "script_alone": {"type": "boolean"}}},
  "after": {"type": "array", "items": {"type": "object", "required": ["kind", "job"], "properties": {
    "kind": {"enum": ["ok", "any", "not_ok"]}, "job": {"type": "integer"}}}},
  "singleton": {"type": "boolean"}, "hold": {"type": "boolean"}, "requeue": {"type": "boolean"},
  "hot_swap": {"type": "boolean", "description": "when some of its nodes fail the others go on, with spares; not with requeue: false"},
  "array": {"type": "string"}}},
"Level": {"enum": ["node", "rack", "block", "site"]},
"Segments": {"type": "object", "required": ["of", "within"], "description": "not with spread", "properties": {
  "of": {"type": "integer", "minimum": 1}, "within": {"enum": ["node", "rack", "block"]}}},
"Spread": {"type": "object", "required": ["most", "over"], "properties": {
  "most": {"type": "integer", "minimum": 1}, "over": {"enum": ["node", "rack", "block"]}}},
"Submission": {"oneOf": [{"$ref": "#/components/schemas/JobDocument"},
  {"type": "object", "required": ["jobs"], "properties": {
    "jobs": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/JobDocument"}}}}]},
"Submitted": {"type": "object", "required": ["jobs", "sequence"], "properties": {
  "jobs": {"type": "array", "description": "one for each document, in their order", "items": {"type": "object",
    "properties": {"id": {"type": "integer"}, "count": {"type": "integer"}, "error": {"type": "string"}}}},
  "sequence": {"type": "integer"},
  "start_by": {"$ref": "#/components/schemas/StartBy"},
  "warning": {"type": "string", "description": "a sentence for people, where it is not likely to start by then"}}},
"StartBy": {"type": "object", "required": ["at", "chance"], "description": "of a plan, and of a submission with deadline", "properties": {
  "at": {"type": "string", "format": "date-time"},
  "chance": {"type": "number", "description": "the part of the draws in which it starts by then"}}},
"JobChange": {"type": "object", "properties": {
  "time_limit": {"type": "string"}, "priority": {"type": "integer"}, "name": {"type": "string"}}},

"Dependency": {"type": "object", "required": ["kind", "job"], "properties": {
  "kind": {"enum": ["ok", "any", "not_ok"]}, "job": {"type": "integer"},
  "array": {"type": "boolean", "description": "the job is the first of an array, and stands for all of it"}}},
"ArrayMember": {"type": "object", "required": ["job", "index"], "properties": {
  "job": {"type": "integer"}, "index": {"type": "integer"}}},
"Job": {"type": "object", "required": ["id", "state"],
  "description": "what the caller may see of it: docs/access.md",
  "properties": {
  "id": {"type": "integer"}, "array": {"$ref": "#/components/schemas/ArrayMember"},
  "name": {"type": "string"}, "tenant": {"type": "string"}, "user": {"type": "string"},
  "state": {"enum": ["held", "pending", "starting", "running", "stopping", "ended"]},
  "outcome": {"type": "string", "description": "of one that has ended: completed, failed, timed_out, cancelled, ..."},
  "exit_code": {"type": "integer"}, "reason": {"type": "string"}, "ended": {"type": "string", "format": "date-time"},
  "priority": {"type": "integer"},
  "tasks": {"type": "object", "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}}},
  "per_task": {"type": "object", "properties": {
    "gpus": {"type": "number"}, "cpus": {"type": "number"}, "memory_mib": {"type": "integer"}}},
  "within": {"$ref": "#/components/schemas/Level"}, "prefer": {"$ref": "#/components/schemas/Level"},
  "segments": {"$ref": "#/components/schemas/Segments"}, "spread": {"$ref": "#/components/schemas/Spread"},
  "pools": {"type": "array", "items": {"type": "string"}}, "pool": {"type": "string"},
  "where": {"type": "string"},
  "devices": {"type": "array", "items": {"type": "object", "properties": {
    "node": {"type": "string"}, "gpu": {"type": "integer"}, "share": {"type": "number"}}}},
  "submitted": {"type": "string", "format": "date-time"}, "started": {"type": "string", "format": "date-time"},
  "interrupted": {"type": "string", "format": "date-time",
    "description": "when the run that `started` is of was cut short, of one that has not started again"},
  "time_limit_s": {"type": "integer"}, "evictions": {"type": "integer"},
  "eviction": {"$ref": "#/components/schemas/Eviction"},
  "hot_swap": {"type": "boolean"},
  "swaps": {"type": "integer", "description": "how often other nodes took the place of failed ones under it"},
  "start_failed": {"type": "string", "description": "why its last start came to nothing, such as what Slurm said; until it runs"},
  "failures": {"type": "integer", "description": "starts in a row that failed, or lost a node before they came to something"},
  "not_before": {"type": "string", "format": "date-time", "description": "of one that keeps failing: it pauses until then"},
  "start_by": {"type": "string", "format": "date-time"},
  "promised_from": {"type": "string", "format": "date-time"},
  "after": {"type": "array", "items": {"$ref": "#/components/schemas/Dependency"}},
  "held_by": {"enum": ["user", "dependency"]},
  "forecast": {"$ref": "#/components/schemas/Forecast"},
  "credits": {"$ref": "#/components/schemas/JobCredits"},
  "reasons": {"type": "array", "items": {"type": "string"}},
  "reason_codes": {"type": "array", "items": {"type": "string"}, "description": "of the reasons, as Blocker has them"},
  "script": {"type": "string"}, "arguments": {"type": "array", "items": {"type": "string"}},
  "directory": {"type": "string"}, "output": {"type": "string"},
  "terminal": {"type": "string", "description": "the socket of its terminal, while it runs"}}},
"Jobs": {"type": "object", "required": ["jobs", "next", "sequence", "now"], "properties": {
  "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
  "next": {"type": ["string", "null"], "description": "the cursor of the next page; null on the last"},
  "sequence": {"type": "integer"}, "now": {"type": "string", "format": "date-time"}}},
"Forecast": {"type": "object", "required": ["made", "draws", "draws_within", "horizon_s", "beyond_horizon"],
  "description": "when it is expected to start: before p10 in one case of ten, before p90 in nine. One that is left out lies beyond the horizon",
  "properties": {
  "made": {"type": "string", "format": "date-time"},
  "p10": {"type": "string", "format": "date-time"}, "p50": {"type": "string", "format": "date-time"},
  "p90": {"type": "string", "format": "date-time"},
  "draws": {"type": "integer", "description": "ways that things may go which were tried"},
  "draws_within": {"type": "integer", "description": "of these, in which it started within the horizon"},
  "horizon_s": {"type": "integer", "description": "how far ahead they look"},
  "beyond_horizon": {"type": "boolean", "description": "it is not expected to start within the horizon"}}},
"Plan": {"type": "object",
  "required": ["name", "count", "sequence", "starts_at_once", "chance_at_once", "forecast", "time_limit_s", "changes"],
  "description": "what would come of the job; the changes are those that would start it sooner by a fifth and by five minutes, the soonest first",
  "properties": {
  "name": {"type": "string"},
  "count": {"type": "integer", "description": "jobs: of an array those of all indices"},
  "sequence": {"type": "integer", "description": "of the last fact that was known"},
  "starts_at_once": {"type": "boolean", "description": "the turn of its submission would start it"},
  "chance_at_once": {"type": "number", "description": "the part of the draws in which it starts within a minute; 1 where it starts at once"},
  "forecast": {"$ref": "#/components/schemas/Forecast"},
  "last": {"type": "object", "description": "of an array: when the last of it has started, as a forecast",
    "properties": {"made": {"type": "string", "format": "date-time"}, "p10": {"type": "string", "format": "date-time"},
      "p50": {"type": "string", "format": "date-time"}, "p90": {"type": "string", "format": "date-time"},
      "horizon_s": {"type": "integer"}, "beyond_horizon": {"type": "boolean"}}},
  "time_limit_s": {"type": "integer"},
  "place": {"type": "object", "required": ["pool", "where", "nodes", "tasks", "chance"], "properties": {
    "pool": {"type": "string"}, "where": {"type": "string"}, "nodes": {"type": "integer"}, "tasks": {"type": "integer"},
    "gpus": {"type": "number", "description": "of all tasks"},
    "chance": {"type": "number", "description": "the part of the draws in which it starts there"}}},
  "start_by": {"$ref": "#/components/schemas/StartBy"},
  "cost": {"type": "object", "required": ["unit", "held", "hours_at_limit"], "description": "as usage counts it", "properties": {
    "unit": {"enum": ["GPUs", "CPUs"]}, "held": {"type": "number", "description": "by all jobs of the array"},
    "hours_at_limit": {"type": "number"},
    "typical_run_s": {"type": "integer", "description": "the median of jobs like it, as far as any are known"},
    "hours_typical": {"type": "number", "description": "at that"}}},
  "reasons": {"type": "array", "items": {"type": "string"}},
  "reason_codes": {"type": "array", "items": {"type": "string"}, "description": "of the reasons, as Blocker has them"},
  "changes": {"type": "array", "items": {"type": "object", "required": ["code", "detail", "starts_at_once", "forecast"],
    "properties": {
    "code": {"enum": ["fewer_tasks", "fewer_gpus", "wider", "other_pool", "shorter"]},
    "detail": {"type": "string", "description": "a sentence for people"},
    "tasks": {"type": "integer"}, "gpus": {"type": "integer"}, "pool": {"type": "string"},
    "within": {"$ref": "#/components/schemas/Level"}, "time_limit_s": {"type": "integer"},
    "ends_within": {"type": "number", "description": "the part of jobs like it that ends within the shorter time limit"},
    "starts_at_once": {"type": "boolean"}, "forecast": {"$ref": "#/components/schemas/Forecast"},
    "sooner_s": {"type": "integer", "description": "of p50; left out where without the change it lies beyond the horizon"}}}}}},
"Forecasts": {"type": "object", "required": ["is_on", "jobs", "next", "sequence", "now"], "properties": {
  "is_on": {"type": "boolean", "description": "false: this server makes no forecasts"},
  "made": {"type": "string", "format": "date-time", "description": "the last pass over all that wait"},
  "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
  "next": {"type": ["string", "null"], "description": "the cursor of the next page; null on the last"},
  "sequence": {"type": "integer"}, "now": {"type": "string", "format": "date-time"}}},
"ForecastAccuracy": {"type": "object", "required": ["forecasts", "covered", "median_error_s", "median_width_s"],
  "properties": {
  "horizon": {"enum": ["10m", "1h", "6h", "24h", "beyond"], "description": "up to which p50 lay ahead"},
  "forecasts": {"type": "integer", "description": "whose jobs have started since, the latest of them"},
  "covered": {"type": "number", "description": "the part whose job started between p10 and p90: 0.8 is meant"},
  "median_error_s": {"type": "integer", "description": "of p50, however it was wrong"},
  "median_width_s": {"type": "integer", "description": "from p10 to p90"}}},
"ForecastRecord": {"type": "object", "required": ["is_on"], "properties": {
  "is_on": {"type": "boolean", "description": "false: this server makes no forecasts, and the rest is left out"},
  "since": {"type": "string", "format": "date-time"}, "made": {"type": "string", "format": "date-time"},
  "pass_s": {"type": "number", "description": "that the last pass over all that wait took"},
  "every_s": {"type": "integer"}, "draws": {"type": "integer"}, "horizon_s": {"type": "integer"},
  "all": {"$ref": "#/components/schemas/ForecastAccuracy"},
  "by_horizon": {"type": "array", "items": {"$ref": "#/components/schemas/ForecastAccuracy"}},
  "by_size": {"type": "array", "items": {"type": "object", "required": ["from", "below", "by_horizon"], "properties": {
    "from": {"type": "integer", "description": "GPUs of all tasks, or CPUs of a job without GPUs"},
    "below": {"type": "integer"},
    "by_horizon": {"type": "array", "items": {"$ref": "#/components/schemas/ForecastAccuracy"}}}}}}},
"Why": {"type": "object", "required": ["id", "state", "blockers", "changes"], "properties": {
  "id": {"type": "integer"}, "array": {"$ref": "#/components/schemas/ArrayMember"}, "state": {"type": "string"},
  "outcome": {"type": "string"}, "exit_code": {"type": "integer"}, "reason": {"type": "string"},
  "position": {"type": "integer", "description": "how many wait before it, for those who must not learn more"},
  "promised_from": {"type": "string", "format": "date-time"},
  "forecast": {"$ref": "#/components/schemas/Forecast"},
  "start_failed": {"type": "string", "description": "why its last start came to nothing; until it runs"},
  "blockers": {"type": "array", "items": {"$ref": "#/components/schemas/Blocker"},
    "description": "all of them; of pools the one first that is nearest to taking it"},
  "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Suggestion"},
    "description": "the smallest that would let it start, the least trouble first"}}},
"Blocker": {"type": "object", "required": ["code", "detail"],
  "description": "which code has which figures, and what to do: docs/reasons.md", "properties": {
  "code": {"enum": ["held", "hopeless", "dependency", "pause", "limit", "eviction", "promise", "devices", "fragments",
                    "domain", "layout", "cpus", "memory", "down", "window", "fences", "guarantee", "order", "turn",
                    "racks", "credits"]},
  "detail": {"type": "string", "description": "a sentence for people"},
  "pool": {"type": "string"}, "tenant": {"type": "string"},
  "after": {"$ref": "#/components/schemas/Dependency"},
  "job": {"type": "integer"}, "within": {"enum": ["node", "rack", "block", "site"]},
  "unit": {"enum": ["GPUs", "CPUs", "MiB"], "description": "of the amounts up to `leaving`"},
  "wanted": {"type": "number"}, "free": {"type": "number"}, "held": {"type": "number"},
  "limit": {"type": "number"}, "guarantee": {"type": "number"}, "promised": {"type": "number"},
  "leaving": {"type": "number"},
  "tasks": {"type": "integer"}, "tasks_fit": {"type": "integer"}, "promises": {"type": "integer"},
  "nodes": {"type": "integer"}, "drained": {"type": "integer"}, "lost": {"type": "integer"},
  "sick_gpus": {"type": "integer"},
  "fits_with_them": {"type": "boolean"},
  "cost": {"$ref": "#/components/schemas/Credits"}, "credits": {"$ref": "#/components/schemas/Credits"}, "ahead": {"type": "integer"},
  "fairness": {"enum": ["users"], "description": "of the jobs ahead: users take turns"},
  "window": {"type": "string"}, "until": {"type": "string", "format": "date-time"},
  "from": {"type": "string", "format": "date-time"}, "time_limit_s": {"type": "integer"}}},
"Suggestion": {"type": "object", "required": ["code", "detail"],
  "description": "checked against the moment of the answer: docs/reasons.md", "properties": {
  "code": {"enum": ["release", "resubmit", "shorter", "wider", "fewer_tasks", "other_pool", "resume", "after"]},
  "detail": {"type": "string", "description": "a sentence for people"},
  "pool": {"type": "string"}, "tasks": {"type": "integer"},
  "within": {"enum": ["node", "rack", "block", "site"]}, "time_limit_s": {"type": "integer"},
  "count": {"type": "integer", "description": "of the nodes to resume, or of the jobs to wait for"},
  "jobs": {"type": "array", "items": {"type": "integer"}},
  "nodes": {"type": "array", "items": {"type": "string"}},
  "at": {"type": "string", "format": "date-time"}}},

"Fleet": {"type": "object", "required": ["name", "pools"], "properties": {
  "name": {"type": "string"},
  "windows": {"type": "array", "items": {"$ref": "#/components/schemas/Window"}},
  "pools": {"type": "array", "items": {"type": "object", "required": ["path", "unit", "capacity", "held"],
    "properties": {
    "path": {"type": "string"}, "engine": {"enum": ["simulated", "local", "slurm"]},
    "unit": {"enum": ["GPUs", "CPUs"]}, "nodes": {"type": "integer"}, "drained": {"type": "integer"},
    "lost": {"type": "integer"}, "sick_gpus": {"type": "integer"}, "capacity": {"type": "number"}, "held": {"type": "number"},
    "racks": {"type": "integer"}, "kept_racks": {"type": "integer", "description": "for tenants; both left out without any"},
    "gpu_model": {"type": "string"}}}}}},
"Node": {"type": "object", "required": ["name", "pool", "state", "jobs"],
    "properties": {
    "name": {"type": "string"}, "pool": {"type": "string"}, "state": {"enum": ["ok", "drained", "lost"]},
    "reason": {"type": "string"}, "cpus": {"type": "number"}, "cpus_held": {"type": "number"},
    "gpus": {"type": "number"}, "gpus_held": {"type": "number"}, "sick_gpus": {"type": "array", "items": {"type": "integer"}},
    "memory_mib": {"type": "integer"}, "memory_held_mib": {"type": "integer"},
    "jobs": {"type": "array", "items": {"type": "integer"}},
    "devices": {"type": "array", "items": {"type": "object", "properties": {
      "index": {"type": "integer"}, "model": {"type": "string"}, "memory_mib": {"type": "integer"},
      "healthy": {"type": "boolean"}, "uuid": {"type": "string"}, "why_not": {"type": "string"},
      "power_w": {"type": "number"}, "temperature_c": {"type": "integer"},
      "utilization_percent": {"type": "integer"}}}}}},
"Nodes": {"type": "object", "required": ["nodes", "next"], "properties": {
  "nodes": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
  "next": {"type": ["string", "null"], "description": "the cursor of the next page; null on the last"}}},
"Drain": {"type": "object", "properties": {"reason": {"type": "string", "maxLength": 1000}}},
"Window": {"type": "object", "required": ["purpose", "from", "until", "is_open", "node_count"],
  "description": "nodes for who sees nodes; name, tenant and reason of a reserved one for who knows its tenant",
  "properties": {
  "name": {"type": "string"}, "purpose": {"enum": ["maintenance", "reserved"]},
  "from": {"type": "string", "format": "date-time"}, "until": {"type": "string", "format": "date-time"},
  "is_open": {"type": "boolean"}, "node_count": {"type": "integer"},
  "nodes": {"type": "array", "items": {"type": "string"}},
  "tenant": {"type": "string"}, "reason": {"type": "string"}}},
"Windows": {"type": "object", "required": ["windows"], "properties": {
  "windows": {"type": "array", "items": {"$ref": "#/components/schemas/Window"}}}},
"WindowWish": {"type": "object", "required": ["name"],
  "description": "nodes or pool, and until or for; with a tenant it is reserved", "properties": {
  "name": {"type": "string"}, "nodes": {"type": "array", "items": {"type": "string"}}, "pool": {"type": "string"},
  "from": {"type": "string", "description": "a time, or a duration from now on; now without it"},
  "until": {"type": "string"}, "for": {"type": "string"},
  "tenant": {"type": "string"}, "reason": {"type": "string", "maxLength": 1000}}},
"WindowOpened": {"type": "object", "required": ["window", "sequence", "evicts"], "properties": {
  "window": {"$ref": "#/components/schemas/Window"}, "sequence": {"type": "integer"},
  "evicts": {"type": "integer", "description": "jobs that may run beyond its begin"},
  "shortest_notice_s": {"type": "integer", "description": "until the first of them is told to go"},
  "gone_by": {"type": "string", "format": "date-time", "description": "all of them, at the latest"}}},
"FleetDocument": {"type": "object", "description": "fleet.yaml, as YAML or JSON"},
"TenantsDocument": {"type": "object", "description": "tenants.yaml, as YAML or JSON"},
"Changes": {"type": "object", "required": ["changes", "sequence"], "properties": {
  "changes": {"type": "array", "items": {"type": "string"}}, "sequence": {"type": "integer"}}},
"Tenants": {"type": "object", "required": ["tenants"], "properties": {
  "tenants": {"type": "array", "items": {"type": "object", "required": ["path", "weight", "fairness", "preempt", "pools"], "properties": {
    "path": {"type": "string"}, "weight": {"type": "integer"},
    "fairness": {"enum": ["none", "users"], "description": "users: those of a tenant take turns"},
    "preempt": {"enum": ["none", "priority"],
      "description": "priority: its jobs may evict jobs of a lower priority, here or below the tenant above that says so"},
    "pools": {"type": "array", "items": {"type": "object", "properties": {
      "pool": {"type": "string"}, "unit": {"enum": ["GPUs", "CPUs"]}, "guarantee": {"type": "number"},
      "racks": {"type": "integer", "description": "kept for it and those below it; left out without any"},
      "limit": {"type": ["number", "null"]}, "held": {"type": "number"}, "borrowed": {"type": "number"},
      "running": {"type": "integer"}, "pending": {"type": "integer"}}}}}}}}},
"Harm": {"type": "object", "required": ["hours", "times"], "properties": {
  "hours": {"type": "number", "description": "of work that was done and lost, of what it held"},
  "times": {"type": "integer", "description": "that a start came to nothing in this way"},
  "by_cause": {"type": "object", "description": "of evictions: the same for each cause that there was",
    "additionalProperties": {"$ref": "#/components/schemas/Harm"}}}},
"StopCause": {"enum": ["asked", "reclaim", "preempt", "fairness", "window", "defragment", "shrink", "fault"]},
"Eviction": {"type": "object", "required": ["cause", "detail", "at_stake_hours"],
  "description": "the last time that it was evicted by decision", "properties": {
  "cause": {"$ref": "#/components/schemas/StopCause"}, "detail": {"type": "string", "description": "a sentence for people"},
  "at_stake_hours": {"type": "number", "description": "GPU-hours (CPU-hours in a pool without GPUs) of work since the last checkpoint was due, when it was told to stop"},
  "job": {"type": "integer", "description": "for which it made room, where the caller may know"},
  "tenant": {"type": "string", "description": "of that job, likewise"}}},
"Usage": {"type": "object", "required": ["tenants"], "properties": {
  "tenants": {"type": "array", "items": {"type": "object", "required": ["path", "pools"], "properties": {
    "path": {"type": "string"},
    "pools": {"type": "array", "items": {"type": "object", "properties": {
      "pool": {"type": "string"}, "unit": {"enum": ["GPUs", "CPUs"]},
      "hours": {"type": "number", "description": "so far, of GPUs, or of CPUs in a pool without GPUs"},
      "lost": {"type": "object", "description": "to what interrupted jobs: part of `hours`",
        "required": ["evicted", "node_lost"],
        "properties": {"evicted": {"$ref": "#/components/schemas/Harm"},
                       "node_lost": {"$ref": "#/components/schemas/Harm"}}},
      "jobs_ended": {"type": "integer"}, "jobs_running": {"type": "integer"}}}}}}}}},
"Event": {"type": "object", "required": ["sequence", "kind"], "additionalProperties": true,
  "description": "the data of one event; the members behind these follow from its kind",
  "properties": {"sequence": {"type": "integer"}, "time": {"type": "string", "format": "date-time"},
                 "kind": {"type": "string"}, "job": {"type": "integer"}, "tenant": {"type": "string"}}},
"JobEvents": {"type": "object", "required": ["events", "is_whole"], "properties": {
  "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "description": "the first first"},
  "is_whole": {"type": "boolean", "description": "they begin with its submission"}}},
"UseHistory": {"type": "object", "required": ["every_s", "until", "tenants"], "properties": {
  "every_s": {"type": "integer"}, "until": {"type": "string", "format": "date-time", "description": "of the last sample"},
  "tenants": {"type": "array", "items": {"type": "object", "required": ["path", "pools"], "properties": {
    "path": {"type": "string"},
    "pools": {"type": "array", "items": {"type": "object", "required": ["pool", "unit", "held", "guarantee"], "properties": {
      "pool": {"type": "string"}, "unit": {"enum": ["GPUs", "CPUs"]},
      "guarantee": {"type": "number", "description": "now"},
      "held": {"type": "array", "items": {"type": "number"}, "description": "the oldest first, as many for all"}}}}}}}}},
"Live": {"type": "object", "required": ["sequence"], "additionalProperties": true,
  "description": "the data of an event `state` or `beat`; docs/design/0032-portal.md has these and `estate`",
  "properties": {"sequence": {"type": "integer"}, "now": {"type": "string", "format": "date-time"}}},
"Server": {"type": "object", "required": ["version", "address", "started", "sequence"], "properties": {
  "version": {"type": "string"}, "address": {"type": "string"}, "started": {"type": "string", "format": "date-time"},
  "sequence": {"type": "integer"}, "pid": {"type": "integer"}, "data": {"type": "string"},
  "user": {"type": "string", "description": "who asks"},
  "grants": {"type": "array", "items": {"$ref": "#/components/schemas/Grant"}}}},
"Grant": {"type": "object", "required": ["role"], "properties": {
  "role": {"enum": ["operator", "owner", "programme", "member", "guest", "auditor"]},
  "tenant": {"type": "string", "description": "and all below it; without it the whole estate"}}},
"Token": {"type": "object", "required": ["id", "subject", "grants", "by"], "properties": {
  "id": {"type": "string"}, "subject": {"type": "string", "description": "the user of the jobs that it submits"},
  "grants": {"type": "array", "items": {"$ref": "#/components/schemas/Grant"}},
  "created": {"type": "string", "format": "date-time"}, "by": {"type": "string"},
  "expires": {"type": "string", "format": "date-time"}, "revoked": {"type": "string", "format": "date-time"},
  "secret": {"type": "string", "description": "what is sent as Authorization: Bearer; told once, when it is made"}}},
"TokenWish": {"type": "object", "required": ["subject", "grants"], "properties": {
  "subject": {"type": "string"}, "grants": {"type": "array", "items": {"$ref": "#/components/schemas/Grant"}},
  "expires_in": {"type": "string", "description": "such as 30d; never without it"}}},
"Tokens": {"type": "object", "required": ["tokens", "next"], "properties": {
  "tokens": {"type": "array", "items": {"$ref": "#/components/schemas/Token"}},
  "next": {"type": ["string", "null"], "description": "the cursor of the next page; null on the last"}}},
"Audit": {"type": "object", "required": ["rows"], "properties": {
  "rows": {"type": "array", "items": {"type": "object", "required": ["line", "hash"], "properties": {
    "line": {"type": "string", "description": "JSON, as it is hashed"},
    "hash": {"type": "string", "description": "SHA-256 of the hash before and the line: docs/access.md"}}}}}},
"OpenApi": {"type": "object"}
})json";

}  // namespace

const std::vector<Described>& described() {
  static const std::vector<Described> all{
      {.name = "submitJobs", .status = 201, .answer = "Submitted", .body = "Submission"},
      {.name = "listJobs", .answer = "Jobs"},
      {.name = "listJobEvents", .answer = "JobEvents"},
      {.name = "showJob", .answer = "Job"},
      {.name = "listForecasts", .answer = "Forecasts"},
      {.name = "showForecastRecord", .answer = "ForecastRecord"},
      {.name = "planJob", .answer = "Plan", .body = "JobDocument"},
      {.name = "changeJob", .answer = "Done", .body = "JobChange"},
      {.name = "whyJob", .answer = "Why"},
      {.name = "readLog", .media = "text/plain", .answer = ""},
      {.name = "cancelJob", .answer = "Done"},
      {.name = "holdJob", .answer = "Done"},
      {.name = "releaseJob", .answer = "Done"},
      {.name = "showFleet", .answer = "Fleet"},
      {.name = "declareFleet", .answer = "Changes", .body = "FleetDocument"},
      {.name = "listNodes", .answer = "Nodes"},
      {.name = "showNode", .answer = "Node"},
      {.name = "drainNode", .answer = "Done", .body = "Drain"},
      {.name = "resumeNode", .answer = "Done"},
      {.name = "listWindows", .answer = "Windows"},
      {.name = "openWindow", .status = 201, .answer = "WindowOpened", .body = "WindowWish"},
      {.name = "closeWindow", .answer = "Done"},
      {.name = "listTenants", .answer = "Tenants"},
      {.name = "declareTenants", .answer = "Changes", .body = "TenantsDocument"},
      {.name = "listProgrammes", .answer = "Programmes"},
      {.name = "declareLedger", .answer = "Booked", .body = "LedgerDocument"},
      {.name = "listGrants", .answer = "Awards"},
      {.name = "showGrant", .answer = "Award"},
      {.name = "closeGrant", .answer = "Booked", .body = "Reason"},
      {.name = "refundGrant", .answer = "Booked", .body = "Refund"},
      {.name = "appealForGrant", .answer = "Booked", .body = "Reason"},
      {.name = "decideAppeal", .answer = "Booked", .body = "AppealDecision"},
      {.name = "listBalances", .answer = "Balances"},
      {.name = "listStatements", .answer = "Statements"},
      {.name = "listLoans", .answer = "Loans"},
      {.name = "listCalls", .answer = "Calls"},
      {.name = "openCall", .answer = "Booked", .body = "CallDocument"},
      {.name = "showCall", .answer = "Call"},
      {.name = "fileApplication", .answer = "Booked", .body = "ApplicationDocument"},
      {.name = "reviewApplication", .answer = "Booked", .body = "Review"},
      {.name = "decideCall", .answer = "Booked", .body = "CallDecision"},
      {.name = "showPublic", .answer = "Public"},
      {.name = "showUsage", .answer = "Usage"},
      {.name = "showUseHistory", .answer = "UseHistory"},
      {.name = "watchLive", .media = "text/event-stream", .answer = "Live"},
      {.name = "watchEvents", .media = "text/event-stream", .answer = "Event"},
      {.name = "listTokens", .answer = "Tokens"},
      {.name = "createToken", .status = 201, .answer = "Token", .body = "TokenWish"},
      {.name = "revokeToken", .answer = "Done"},
      {.name = "readAudit", .answer = "Audit"},
      {.name = "showServer", .answer = "Server"},
      {.name = "showOpenapi", .answer = "OpenApi"},
  };
  return all;
}

boost::json::object schemas() {
  boost::json::object all = boost::json::parse(schemas_text).as_object();
  const boost::json::value of_ledger = boost::json::parse(ledger_schemas_text());
  for (const auto& [name, schema] : of_ledger.as_object()) all[name] = schema;
  return all;
}

}  // namespace dure::api
