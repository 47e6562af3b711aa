#include "dure/launcher/uid_book.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "dure/engine/fd.h"
#include "dure/engine/record.h"

namespace dure::launcher {

Result<UidBook> UidBook::open(const std::filesystem::path& path, UidRange range) {
  UidBook book;
  book.path_ = path;
  book.range_ = range;
  book.next_ = range.from;
  const auto text = engine::read_file(path.string());
  if (!text && text.error().code != Code::not_found) return tl::unexpected(text.error());
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    // A line that was cut off was never answered; what comes next must not be joined to it.
    if (line.size() == rest.size()) {
      if (::truncate(path.c_str(), static_cast<off_t>(text->size() - line.size())) == 0) break;
      return tl::unexpected(engine::system_error("cannot mend", path.string()));
    }
    rest.remove_prefix(line.size() + 1);
    const std::size_t space = line.find(' ');
    const auto uid = engine::parse_integer(line.substr(0, space));
    if (space == std::string_view::npos || !uid || !std::in_range<std::uint32_t>(*uid)) {
      return fail(Code::failed, fmt::format("{}: `{}` is no uid and a tenant", path.string(), line));
    }
    const auto number = static_cast<std::uint32_t>(*uid);
    book.uids_[std::string(line.substr(space + 1))] = number;
    if (range.has(number)) book.next_ = std::max(book.next_, number + 1);
  }
  return book;
}

Result<void> UidBook::append(std::uint32_t uid, const std::string& tenant) {
  const engine::Fd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return tl::unexpected(engine::system_error("cannot write", path_.string()));
  const std::string line = fmt::format("{} {}\n", uid, tenant);
  const off_t before = ::lseek(file.get(), 0, SEEK_END);
  const ssize_t written = ::write(file.get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size()) || ::fsync(file.get()) != 0) {
    if (written >= 0 && written < static_cast<ssize_t>(line.size())) errno = ENOSPC;
    const Error error = engine::system_error("cannot write", path_.string());
    // Half a line would be joined to the next one, and the uid be given away twice.
    if (before < 0 || ::ftruncate(file.get(), before) != 0) range_.to = 0;
    return tl::unexpected(error);
  }
  return engine::sync_folder(path_.parent_path().string());
}

Result<std::uint32_t> UidBook::uid_of(const std::string& tenant) {
  const auto known = uids_.find(tenant);
  if (known != uids_.end() && range_.has(known->second)) return known->second;
  if (next_ > range_.to) {
    return fail(Code::failed,
                fmt::format("all uids from {} to {} are given; make `each_tenant` longer", range_.from, range_.to));
  }
  if (auto kept = append(next_, tenant); !kept) return tl::unexpected(kept.error());
  return uids_[tenant] = next_++;
}

}  // namespace dure::launcher
