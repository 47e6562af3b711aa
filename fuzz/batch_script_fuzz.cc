// Any bytes as a batch script, and as a server's JSON: there is a message, or a document that a server reads back or
// refuses with a message of its own; never a crash or a hang.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dure/base/assert.h"
#include "dure/spec/batch_script.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/json_value.h"
#include "dure/spec/tenants_reader.h"

namespace {

using namespace dure;

const Fleet& fleet() {
  static const Fleet made(spec::read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 80}
  - {name: cpu, node: {cpus: 64}, nodes: 4}
)",
                                                "fleet")
                              .value());
  return made;
}

const Tenants& tenants() {
  static const Tenants made =
      spec::make_tenants(spec::read_tenants_text("tenants: [{name: fm}]", "tenants", fleet()).value(), fleet());
  return made;
}

Result<spec::JobFile> read_json(std::string_view text) {
  return spec::read_json_text(text, "request",
                              [](const spec::Node& node) { return spec::read_job_node(node, fleet(), tenants()); });
}

// A server may find that it does not fit, or knows no such pool; what it reads is what was written.
void check(const spec::JobDocument& document) {
  const auto file = read_json(to_json(document));
  if (!file) {
    DURE_ASSERT(!file.error().message.empty());
    return;
  }
  DURE_ASSERT(file->job.name == document.name);
  DURE_ASSERT(file->job.shape.per_task == document.per_task);
  DURE_ASSERT(file->job.shape.tasks_min == document.tasks_min);
  DURE_ASSERT(file->job.shape.tasks_max == document.tasks_max);
  DURE_ASSERT(file->text.script == document.text.script);
  DURE_ASSERT(file->text.environment == document.text.environment);
  DURE_ASSERT(file->text.output == document.text.output);
  DURE_ASSERT(file->job.after == document.after);
}

// What follows a NUL is an option of the command line.
void read_script(std::string_view text) {
  const std::size_t end = text.find('\0');
  spec::Submission submission{.directory = "/data", .environment = {{"HOME", "/data/me"}, {"LANG", "C"}}};
  if (end != std::string_view::npos) submission.options.emplace_back(text.substr(end + 1));
  const auto script = spec::read_batch_script(text.substr(0, end), "fuzz.sh", submission);
  DURE_ASSERT(script || !script.error().message.empty());
  if (script) check(script->document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_script(text);
  const auto file = read_json(text);
  DURE_ASSERT(file || !file.error().message.empty());
  return 0;
}
