#include "dure/engine/slurm/shelf.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* by_server = "taken-back";
constexpr std::string_view by_job = "job-";
constexpr std::string_view gone_mark = ".gone-";

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return fail(Code::failed, path + " cannot be made: " + error.message());
}

// What the claim says; nothing if there is none.
std::optional<std::string> claim_in(const std::string& folder) {
  std::array<char, 256> text{};
  const ssize_t size = ::readlink((folder + "/claim").c_str(), text.data(), text.size());
  if (size < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(size));
}

std::optional<Time> written_at(const std::string& path) {
  struct stat file = {};
  if (::lstat(path.c_str(), &file) != 0) return std::nullopt;
  return Time{} + seconds(file.st_mtim.tv_sec) + Duration{file.st_mtim.tv_nsec};
}

}  // namespace

Result<Shelf> Shelf::open(const std::string& folder, const std::string& server) {
  for (const char* part : {"/attempts", "/jobs"}) {
    if (auto made = make_folder(folder + part); !made) return tl::unexpected(made.error());
  }
  if (::access((folder + "/attempts").c_str(), W_OK) != 0) {
    return tl::unexpected(system_error("cannot write to", folder + "/attempts"));
  }
  const auto owner = read_file(folder + "/server");
  if (!owner && owner.error().code != Code::not_found) return tl::unexpected(owner.error());
  if (!owner) {
    if (auto written = write_file(folder, "server", server + '\n', Sync::yes); !written) {
      return tl::unexpected(written.error());
    }
  } else if (const std::string word = owner->substr(0, owner->find('\n')); word != server) {
    return fail(Code::invalid_argument,
                folder + " belongs to the server " + word +
                    "; give this one a folder of its own or, if its data folder was lost, write " + word +
                    " into the file `word` of the new one");
  }
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/attempts", ignored)) {
    if (entry.path().filename().string().starts_with(gone_mark)) fs::remove_all(entry.path(), ignored);
  }
  return Shelf(folder);
}

std::string Shelf::home_of(JobId job) const { return folder_ + "/jobs/" + std::to_string(job.value); }

std::string Shelf::folder_of(const DecisionId& decision) const { return folder_ + "/attempts/" + to_text(decision); }

Result<void> Shelf::put(const DecisionId& decision, const std::vector<ShelfFile>& files) const {
  const std::string folder = folder_of(decision);
  for (const std::string& path : {folder, home_of(decision.attempt.job)}) {
    if (auto made = make_folder(path); !made) return made;
  }
  for (const ShelfFile& file : files) {
    if (auto written = write_file(folder, file.name, file.text, Sync::no); !written) return written;
    const std::string path = folder + '/' + file.name;
    if (file.is_program && ::chmod(path.c_str(), 0755) != 0) return tl::unexpected(system_error("cannot write", path));
  }
  return {};
}

Result<bool> Shelf::take_back(const DecisionId& decision) const {
  const std::string folder = folder_of(decision);
  // Of one that was never put here too: a script that came late would find no folder, and do nothing.
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  const std::string claim = folder + "/claim";
  if (::symlink(by_server, claim.c_str()) != 0 && errno != EEXIST) {
    return tl::unexpected(system_error("cannot write", claim));
  }
  return is_taken_back(decision);
}

bool Shelf::is_taken_back(const DecisionId& decision) const { return claim_in(folder_of(decision)) == by_server; }

std::optional<std::uint64_t> Shelf::begun_by(const DecisionId& decision) const {
  const auto claim = claim_in(folder_of(decision));
  if (!claim || !claim->starts_with(by_job)) return std::nullopt;
  const std::string_view rest = std::string_view(*claim).substr(by_job.size());
  const auto job = parse_integer(rest.substr(0, rest.find('-')));
  return job ? std::optional(static_cast<std::uint64_t>(*job)) : std::nullopt;
}

std::optional<Time> Shelf::begun_at(const DecisionId& decision) const {
  return begun_by(decision) ? written_at(folder_of(decision) + "/claim") : std::nullopt;
}

Time Shelf::last_sign_of(const DecisionId& decision) const {
  Time last;
  for (const std::string& folder : {folder_of(decision), home_of(decision.attempt.job)}) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
      last = std::max(last, written_at(entry.path().string()).value_or(Time{}));
    }
  }
  return last;
}

std::optional<ShelfExit> Shelf::exit_of(const DecisionId& decision) const {
  const auto text = read_file(folder_of(decision) + "/exit");
  if (!text) return std::nullopt;
  const std::string_view line = std::string_view(*text).substr(0, text->find('\n'));
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto code = parse_integer(line.substr(0, space));
  std::string_view rest = line.substr(space + 1);
  const auto at = parse_integer(rest.substr(0, rest.find(' ')));
  if (!code || !at) return std::nullopt;
  return ShelfExit{
      .code = static_cast<int>(*code), .at = Time{} + seconds(*at), .is_by_script = !rest.ends_with(" srun")};
}

std::string Shelf::last_words_of(const DecisionId& decision) const {
  constexpr std::size_t most = 400;
  const auto text = read_file(folder_of(decision) + "/slurm.log");
  if (!text) return "";
  std::string_view rest = *text;
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  if (const std::size_t line = rest.rfind('\n'); line != std::string_view::npos) rest.remove_prefix(line + 1);
  return std::string(rest.substr(0, most));
}

std::vector<DecisionId> Shelf::decisions() const {
  std::vector<DecisionId> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_ + "/attempts", error)) {
    if (const auto decision = decision_of(entry.path().filename().string())) found.push_back(*decision);
  }
  return found;
}

void Shelf::remove(const DecisionId& decision) const {
  std::error_code ignored;
  // Gone at once, claim and all: of one that is half removed a late script could find no claim.
  const std::string gone = folder_ + "/attempts/" + std::string(gone_mark) + to_text(decision);
  fs::rename(folder_of(decision), gone, ignored);
  fs::remove_all(gone, ignored);
}

}  // namespace dure::engine
