#include "dure/launcher/job_groups.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "dure/engine/local/cgroup.h"
#include "dure/launcher/gpu_fence.h"

namespace dure::launcher {
namespace {

namespace fs = std::filesystem;

constexpr const char* watch = "watch";

std::string name_of(engine::AttemptId id) { return "job-" + engine::to_text(id); }

// A limit that the kernel does not offer in this hierarchy has no file.
void put_if_there(const std::string& path, const std::string& text) {
  if (::access(path.c_str(), W_OK) == 0) std::ofstream(path) << text;
}

std::int64_t nine_tenths_of_memory() {
  return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE) / 10 * 9;
}

std::string folder_of(const engine::OwnGroup& group, const std::string& cgroup) {
  return cgroup.starts_with('/') ? group.folder : group.folder + '/' + cgroup;
}

// Its own folder alone is handed over: what bounds it stays root's.
void hand_over(const std::string& folder, std::uint32_t uid, std::uint32_t gid) {
  for (const char* file : {"", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"}) {
    if (::lchown((folder + file).c_str(), uid, gid) != 0) continue;
  }
}

std::vector<std::string> groups_in(const std::string& folder) {
  std::vector<std::string> groups;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error)) groups.push_back(entry.path().string());
  }
  return groups;
}

// What was killed is gone a moment later.
void remove_when_empty(const std::string& folder) {
  constexpr int tries_max = 100;
  constexpr int pause_ms = 10;
  for (int tries = 0; tries < tries_max && ::rmdir(folder.c_str()) != 0 && errno == EBUSY; ++tries) {
    ::poll(nullptr, 0, pause_ms);
  }
}

// What attempts have left that ended while no launcher was there. The kernel keeps what is in use.
void remove_empty(const std::string& top) {
  for (const std::string& job : groups_in(top)) {
    for (const std::string& group : groups_in(job)) ::rmdir(group.c_str());
    ::rmdir(job.c_str());
  }
}

}  // namespace

JobGroups::JobGroups(const Config& config) {
  const bool is_at_top = config.cgroup.starts_with('/');
  const std::int64_t bytes = config.memory_mib > 0 ? config.memory_mib << 20 : nine_tenths_of_memory();
  for (const engine::OwnGroup& group : is_at_top ? engine::groups_at(config.cgroup) : engine::own_groups()) {
    const std::string top = folder_of(group, config.cgroup);
    if (group.is_unified()) engine::enable_controllers(fs::path(top).parent_path().string());
    if (::mkdir(top.c_str(), 0755) != 0 && errno != EEXIST) continue;
    if (group.is_unified()) engine::enable_controllers(top);
    put_if_there(top + "/memory.max", std::to_string(bytes));
    put_if_there(top + "/memory.limit_in_bytes", std::to_string(bytes));
    put_if_there(top + "/cpu.idle", config.yields ? "1" : "0");
    tops_.push_back({top, group.is_unified()});
    remove_empty(top);
  }
  if (!config.fences_gpus) return;
  const auto checked = check_gpu_fences();
  if (!checked) {
    why_no_fences_ = checked.error().message;
  } else if (std::none_of(tops_.begin(), tops_.end(), [](const Top& top) { return top.is_unified; })) {
    why_no_fences_ = "there are no control groups of version 2";
  }
  fences_gpus_ = why_no_fences_.empty();
}

Result<JobGroups::Group> JobGroups::make(engine::AttemptId id, std::uint32_t uid, std::uint32_t gid,
                                         const std::optional<GpuMinors>& gpus) const {
  Group group;
  bool is_fenced = !fences_gpus_ || !gpus;
  for (const Top& top : tops_) {
    const std::string folder = top.folder + '/' + name_of(id);
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) continue;
    if (top.is_unified && fences_gpus_ && gpus) {
      if (auto fenced = fence_gpus(folder, *gpus); !fenced) return tl::unexpected(fenced.error());
      is_fenced = true;
    }
    const std::string own = folder + '/' + watch;
    if (::mkdir(own.c_str(), 0755) != 0 && errno != EEXIST) continue;
    hand_over(folder, uid, gid);
    hand_over(own, uid, gid);
    group.folders.push_back(folder);
    group.doors.push_back(own + "/cgroup.procs");
  }
  if (!is_fenced) return fail(Code::failed, "cannot make a control group that keeps the job from the GPUs of others");
  return group;
}

void JobGroups::sweep(engine::AttemptId id) const {
  for (const Top& top : tops_) {
    const std::string folder = top.folder + '/' + name_of(id);
    const std::vector<std::string> groups = groups_in(folder);
    for (const std::string& group : groups) engine::Cgroup::find({group}).kill();
    for (const std::string& group : groups) remove_when_empty(group);
    ::rmdir(folder.c_str());
  }
}

}  // namespace dure::launcher
