#include "dure/engine/slurm/shelf.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "dure/engine/guise.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/given_folder.h"
#include "dure/http/utf8.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

constexpr const char* by_server = "taken-back";
constexpr std::string_view by_job = "job-";
constexpr std::string_view gone_mark = ".gone-";
constexpr std::size_t removed_most = 1'000;  // names, at once

Result<void> make_shared_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return fail(Code::failed, path + " cannot be made: " + error.message());
}

// What the claim says; empty if it is no link, nothing if there is none.
std::optional<std::string> claim_in(const std::string& folder) {
  std::array<char, 256> text{};
  const ssize_t size = ::readlink((folder + "/claim").c_str(), text.data(), text.size());
  if (size < 0 && errno == EINVAL) return "";
  if (size < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// Of another machine's clock, maybe.
Time time_of(const timespec& at) {
  const Time now = wall_time();
  if (at.tv_sec < 0 || at.tv_sec > (now - Time{}).whole_seconds()) return now;
  return Time{} + seconds(at.tv_sec) + Duration{at.tv_nsec};
}

std::optional<Time> written_at(const std::string& path) {
  struct stat file = {};
  return ::lstat(path.c_str(), &file) == 0 ? std::optional(time_of(file.st_mtim)) : std::nullopt;
}

// When its inode last changed: whoever owns it can make that no earlier.
std::optional<Time> made_at(const std::string& path) {
  struct stat file = {};
  return ::lstat(path.c_str(), &file) == 0 ? std::optional(time_of(file.st_ctim)) : std::nullopt;
}

std::optional<std::uint64_t> job_in(std::string_view claim) {
  if (!claim.starts_with(by_job)) return std::nullopt;
  const std::string_view rest = claim.substr(by_job.size());
  const auto job = parse_integer(rest.substr(0, rest.find('-')));
  return job && *job > 0 ? std::optional(static_cast<std::uint64_t>(*job)) : std::nullopt;
}

// The next word of a line whose words have one space between them.
std::string_view next_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

std::optional<std::int64_t> number_in(std::string_view word, std::int64_t most) {
  const auto number = parse_integer(word);
  return number && *number >= 0 && *number <= most ? number : std::nullopt;
}

// Whatever a job has printed, as a part of a sentence.
std::string as_text(std::string line) {
  if (http::is_utf8(line, http::Controls::refused)) return line;
  std::replace_if(line.begin(), line.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return line;
}

void remove_folder(const std::string& path) {
  std::size_t names = removed_most;
  if (const auto given = GivenFolder::find(path)) given->clear(names);
  ::rmdir(path.c_str());
}

// Tries what is done for a job of an account.
Result<void> try_to_give(const std::string& parent, uid_t uid) {
  const std::string folder = parent + "/.given";
  remove_folder(folder);
  const auto tried = make_home(folder, nameless_account(uid)).and_then([&]() -> Result<void> {
    const auto given = GivenFolder::find(folder);
    return given ? given->write("file", "", 0600) : tl::unexpected(system_error("cannot find", folder));
  });
  remove_folder(folder);
  return tried;
}

}  // namespace

// Says whose folder it is. Earlier versions wrote no site.
Result<void> Shelf::sign(const std::string& folder, const std::string& server, const std::string& site) {
  const auto text = read_file(folder + "/server");
  if (!text && text.error().code != Code::not_found) return tl::unexpected(text.error());
  std::string_view rest = text ? std::string_view(*text).substr(0, text->find('\n')) : std::string_view(server);
  const std::string word(next_word(rest));
  if (word != server) {
    return fail(Code::invalid_argument,
                folder + " belongs to the server " + word +
                    "; give this one a folder of its own or, if its data folder was lost, write " + word +
                    " into the file `word` of the new one");
  }
  if (rest.empty()) return write_file(folder, "server", server + ' ' + site + '\n', Sync::yes);
  if (rest == site) return {};
  return fail(Code::invalid_argument,
              folder + " is the folder of the site " + std::string(rest) + "; give each site one of its own");
}

Result<Shelf> Shelf::open(const std::string& folder, const std::string& server, const std::string& site) {
  for (const char* part : {"/attempts", "/jobs"}) {
    if (auto made = make_shared_folder(folder + part); !made) return tl::unexpected(made.error());
  }
  if (::access((folder + "/attempts").c_str(), W_OK) != 0) {
    return tl::unexpected(system_error("cannot write to", folder + "/attempts"));
  }
  if (auto signed_by = sign(folder, server, site); !signed_by) return tl::unexpected(signed_by.error());
  Shelf shelf(folder);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/attempts", ignored)) {
    if (entry.path().filename().string().starts_with(gone_mark)) shelf.gone_.push_back(entry.path().string());
  }
  shelf.clear_gone();
  return shelf;
}

Result<void> Shelf::open_to_accounts(uid_t example) const {
  // Who has a folder in it may enter; who else is there is nobody's business.
  for (const char* part : {"/attempts", "/jobs"}) {
    const std::string path = folder_ + part;
    if (auto checked = check_is_of_root(path, ::geteuid()); !checked) return checked;
    if (::chmod(path.c_str(), 0711) != 0) return tl::unexpected(system_error("cannot change", path));
  }
  auto tried = try_to_give(folder_ + "/attempts", example);
  if (tried) return tried;
  return fail(tried.error().code, tried.error().message +
                                      "; folders there are given to the accounts of jobs, for which this server needs "
                                      "to be root and not to be squashed, and the accounts to pass through all folders "
                                      "above (chmod o+x)");
}

std::string Shelf::home_of(JobId job) const { return folder_ + "/jobs/" + std::to_string(job.value); }

std::string Shelf::folder_of(const DecisionId& decision) const { return folder_ + "/attempts/" + to_text(decision); }

Result<void> Shelf::put(const DecisionId& decision, const std::vector<ShelfFile>& files, const Account* account) const {
  if (is_taken_back(decision)) return {};
  const std::string folder = folder_of(decision);
  for (const std::string& path : {folder, home_of(decision.attempt.job)}) {
    if (auto made = account != nullptr ? make_home(path, *account) : make_shared_folder(path); !made) return made;
  }
  const auto given = GivenFolder::find(folder);
  if (!given) return tl::unexpected(system_error("cannot make", folder));
  for (const ShelfFile& file : files) {
    if (auto written = given->write(file.name, file.text, file.is_program ? 0755 : 0600); !written) return written;
  }
  return {};
}

Result<bool> Shelf::take_back(const DecisionId& decision) {
  const std::string folder = folder_of(decision);
  for (;;) {
    // Of one that was never put here too: a script that came late would find no folder, and do nothing.
    if (auto made = make_shared_folder(folder); !made) return tl::unexpected(made.error());
    const std::string claim = folder + "/claim";
    if (::symlink(by_server, claim.c_str()) != 0 && errno != EEXIST) {
      return tl::unexpected(system_error("cannot write", claim));
    }
    const auto claimed = claim_in(folder);
    if (claimed == by_server) return true;
    if (!claimed || job_in(*claimed)) return false;
    // It is spoilt, and nobody may keep nodes by that.
    if (!put_away(decision)) return tl::unexpected(system_error("cannot remove", folder));
  }
}

bool Shelf::is_taken_back(const DecisionId& decision) const { return claim_in(folder_of(decision)) == by_server; }

bool Shelf::is_spoilt(const DecisionId& decision) const {
  const auto claim = claim_in(folder_of(decision));
  return claim && claim != by_server && !job_in(*claim);
}

std::optional<std::uint64_t> Shelf::begun_by(const DecisionId& decision) const {
  const auto claim = claim_in(folder_of(decision));
  return claim ? job_in(*claim) : std::nullopt;
}

std::optional<Time> Shelf::begun_at(const DecisionId& decision) const {
  return begun_by(decision) ? made_at(folder_of(decision) + "/claim") : std::nullopt;
}

Time Shelf::last_sign_of(const DecisionId& decision) const {
  constexpr int most = 1000;  // files of each folder
  Time last;
  for (const std::string& folder : {folder_of(decision), home_of(decision.attempt.job)}) {
    std::error_code error;
    fs::directory_iterator at(folder, error);
    for (int i = 0; i < most && !error && at != fs::directory_iterator(); ++i, at.increment(error)) {
      last = std::max(last, written_at(at->path().string()).value_or(Time{}));
    }
  }
  return last;
}

std::optional<ShelfExit> Shelf::exit_of(const DecisionId& decision) const {
  constexpr std::size_t most = 64;
  constexpr std::int64_t code_most = 255;
  constexpr std::int64_t second_most = 9'000'000'000;  // in nanoseconds a Time holds no more
  const auto given = GivenFolder::find(folder_of(decision));
  const auto text = given ? given->read("exit", GivenFolder::Part::first, most) : std::nullopt;
  if (!text) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(0, text->find('\n'));
  const auto code = number_in(next_word(rest), code_most);
  const auto at = number_in(next_word(rest), second_most);
  if (!code || !at || (rest != "" && rest != "script" && rest != "srun")) return std::nullopt;
  const Time end = std::max(decision.ordered, std::min(Time{} + seconds(*at), wall_time()));
  return ShelfExit{.code = static_cast<int>(*code), .at = end, .is_by_script = rest != "srun"};
}

std::string Shelf::last_words_of(const DecisionId& decision) const {
  constexpr std::size_t most = 400;
  const auto given = GivenFolder::find(folder_of(decision));
  const auto text = given ? given->read("slurm.log", GivenFolder::Part::last, 4 * most) : std::nullopt;
  if (!text) return "";
  std::string_view rest = *text;
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  if (const std::size_t line = rest.rfind('\n'); line != std::string_view::npos) rest.remove_prefix(line + 1);
  return as_text(std::string(rest.substr(0, most)));
}

std::optional<uid_t> Shelf::owner_of(const DecisionId& decision) const {
  const auto given = GivenFolder::find(folder_of(decision));
  return given ? std::optional(given->owner()) : std::nullopt;
}

std::vector<DecisionId> Shelf::decisions() const {
  std::vector<DecisionId> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_ + "/attempts", error)) {
    if (const auto decision = decision_of(entry.path().filename().string())) found.push_back(*decision);
  }
  return found;
}

// Gone at once, claim and all: of one that is half removed a late script could find no claim.
bool Shelf::put_away(const DecisionId& decision) {
  constexpr int tries = 100;
  for (int i = 0; i < tries; ++i) {
    std::string gone = folder_ + "/attempts/" + std::string(gone_mark) + to_text(decision) + '-' + std::to_string(i);
    if (::rename(folder_of(decision).c_str(), gone.c_str()) == 0) {
      gone_.push_back(std::move(gone));
      return true;
    }
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
  }
  return false;
}

void Shelf::remove(const DecisionId& decision) {
  (void)put_away(decision);  // it may not be there
  clear_gone();
}

// The latest first: what an account has left that is large, or cannot be removed, is in nobody's way.
void Shelf::clear_gone() {
  std::size_t names = removed_most;
  for (std::size_t i = gone_.size(); i-- > 0 && names > 0;) {
    const auto given = GivenFolder::find(gone_[i]);
    const auto cleared = given ? given->clear(names) : GivenFolder::Cleared::all;
    if (cleared == GivenFolder::Cleared::all) ::rmdir(gone_[i].c_str());
    if (cleared != GivenFolder::Cleared::in_part) gone_.erase(gone_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace dure::engine
