#include "dure/cli/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dure/base/assert.h"
#include "dure/cli/text_width.h"

namespace dure::cli {
namespace {

constexpr std::size_t gap = 2;              // columns between two
constexpr std::size_t readable_width = 12;  // of what is shortened, before columns are left out
constexpr std::size_t least_width = 4;      // after that

std::size_t total_width(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width > 0 ? width + gap : 0;
  return total > 0 ? total - gap : 0;
}

// The columns by a rank of theirs, those without one last.
std::vector<std::size_t> order_by(int Column::* rank, const std::vector<Column>& columns) {
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t i) { return columns[i].*rank > 0 ? columns[i].*rank : 1'000'000; };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(place(a), a) < std::pair(place(b), b); });
  return order;
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  DURE_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::fit_widths(std::size_t width) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i].text));
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], text_width(columns_[i].title));
  }
  if (width == 0) return widths;
  const std::vector<std::size_t> shortened_first = order_by(&Column::gives_way, columns_);
  const auto shorten = [&](std::size_t least, bool all) {
    std::vector<std::size_t> shorter = widths;
    for (const std::size_t i : shortened_first) {
      const std::size_t total = total_width(shorter);
      if (total <= width || (!all && columns_[i].gives_way == 0)) break;
      shorter[i] -= std::min(total - width, shorter[i] - std::min(shorter[i], least));
    }
    return shorter;
  };
  for (const std::size_t i : order_by(&Column::leaves, columns_)) {
    const std::vector<std::size_t> shorter = shorten(readable_width, false);
    if (total_width(shorter) <= width) return shorter;
    if (columns_[i].leaves > 0) widths[i] = 0;
  }
  return shorten(least_width, true);
}

std::string Table::draw(const Console& console) const {
  const std::vector<std::size_t> widths = fit_widths(console.width);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title, Colour::dim);
  std::string text = draw_row(titles, widths, console);
  for (const auto& row : rows_) text += draw_row(row, widths, console);
  return text;
}

std::string Table::draw_row(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                            const Console& console) const {
  std::string line;
  std::size_t blanks = 0;  // that stand before the next text, if one follows
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == 0) continue;
    const std::string shown = shortened(row[i].text, widths[i]);
    const std::size_t rest = widths[i] - text_width(shown);
    const bool is_right = columns_[i].align == Align::right;
    if (is_right || shown.empty()) blanks += rest;
    if (!shown.empty()) line += std::string(std::exchange(blanks, 0), ' ') + console.painted(shown, row[i].colour);
    if (!is_right && !shown.empty()) blanks += rest;
    blanks += gap;
  }
  return line + '\n';
}

}  // namespace dure::cli
