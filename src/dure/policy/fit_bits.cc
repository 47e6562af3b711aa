#include "dure/policy/fit_bits.h"

namespace dure {

FitBits::FitBits(std::span<const std::int64_t> wanted, std::size_t length)
    : words_((length + 63) / 64), amounts_(wanted.begin(), wanted.end()) {
  std::sort(amounts_.begin(), amounts_.end());
  amounts_.erase(std::unique(amounts_.begin(), amounts_.end()), amounts_.end());
  find_starts();
  bits_.assign(wanted.size() / length * ranks() * words_, 0);
  std::uint64_t* rows = bits_.data();
  for (; !wanted.empty(); wanted = wanted.subspan(length), rows += ranks() * words_) {
    for (std::size_t place = 0; place < length; ++place) {
      rows[rank_of(wanted[place]) * words_ + place / 64] |= std::uint64_t{1} << place % 64;
    }
    // What fits into less fits.
    for (std::size_t i = words_; i < ranks() * words_; ++i) rows[i] |= rows[i - words_];
  }
}

void FitBits::find_starts() {
  while (amounts_.back() >> step_bits_ >= most_steps) ++step_bits_;
  for (std::size_t rank = 0; rank < amounts_.size(); ++rank) {
    starts_.resize(static_cast<std::size_t>(amounts_[rank] >> step_bits_) + 1, static_cast<std::uint32_t>(rank));
  }
}

}  // namespace dure
