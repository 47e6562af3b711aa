#include "dure/spec/csv_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

struct CsvCell {
  std::string text;
  Place place;
};

// Splits text into cells, a row at a time.
class CsvText {
 public:
  CsvText(std::string_view text, std::uint32_t source) : rest_(text), place_{source, 1, 1} {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  bool is_at_end() const { return rest_.empty(); }
  // The place of a quote that is not closed, or of text behind one that is.
  std::optional<Place> bad_quote() const { return bad_quote_; }

  std::vector<CsvCell> next_row() {
    std::vector<CsvCell> cells;
    do {
      cells.push_back(next_cell());
    } while (!rest_.empty() && rest_.front() == ',' && skip(1));
    if (rest_.starts_with("\r\n")) skip(1);
    if (!rest_.empty()) skip(1);
    return cells;
  }

 private:
  bool skip(std::size_t bytes) {
    for (; bytes > 0; --bytes) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (byte == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if ((byte & 0xC0U) != 0x80U) {
        ++place_.column;
      }
    }
    return true;
  }

  CsvCell next_cell() {
    CsvCell cell{.text = {}, .place = place_};
    if (rest_.starts_with('"')) {
      take_quoted(cell);
    }
    const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    if (end > 0 && !cell.text.empty() && !bad_quote_) bad_quote_ = place_;
    cell.text += rest_.substr(0, end);
    skip(end);
    return cell;
  }

  void take_quoted(CsvCell& cell) {
    skip(1);
    while (true) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) {
        if (!bad_quote_) bad_quote_ = cell.place;
        skip(rest_.size());
        return;
      }
      cell.text += rest_.substr(0, quote);
      skip(quote + 1);
      if (!rest_.starts_with('"')) return;
      cell.text += '"';
      skip(1);
    }
  }

  std::string_view rest_;
  Place place_;
  std::optional<Place> bad_quote_;
};

Entry entry_of(const CsvCell& title, CsvCell cell) {
  Value value{.kind = Kind::scalar, .place = cell.place, .text = std::move(cell.text)};
  return {.key = title.text, .key_place = title.place, .value = std::move(value)};
}

bool is_empty_row(const std::vector<CsvCell>& cells) { return cells.size() == 1 && cells.front().text.empty(); }

}  // namespace

std::optional<Value> parse_csv(std::string_view text, std::uint32_t source, Mistakes& mistakes) {
  if (const auto bad = find_bad_text(text)) {
    mistakes.add({source, bad->line, bad->column}, "", bad->found, bad->remedy);
    return std::nullopt;
  }
  CsvText csv(text, source);
  Value list{.kind = Kind::sequence, .place = {source, 1, 1}};
  if (csv.is_at_end()) {
    mistakes.add(list.place, "", "found nothing", "write the names of the columns, and a row for each application");
    return std::nullopt;
  }
  const std::vector<CsvCell> titles = csv.next_row();
  std::size_t values = 0;
  bool is_whole = true;
  while (!csv.is_at_end()) {
    std::vector<CsvCell> cells = csv.next_row();
    if (const auto place = csv.bad_quote()) {
      mistakes.add(*place, "", "found a quote that is not closed, or text behind it",
                   "write \"...\" around the whole cell, and \"\" for a quote in it");
      return std::nullopt;
    }
    if (is_empty_row(cells)) continue;
    const Place place = cells.front().place;
    if (cells.size() != titles.size()) {
      mistakes.add(place, "", fmt::format("found {} cells", cells.size()),
                   fmt::format("write {}, as many as the first line names", titles.size()));
      is_whole = false;
      continue;
    }
    values += cells.size();
    if (values > most_values) {
      mistakes.add(place, "", fmt::format("found more than {} cells", most_values), "split the file");
      return std::nullopt;
    }
    Value row{.kind = Kind::mapping, .place = place};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].text.empty()) row.entries.push_back(entry_of(titles[i], std::move(cells[i])));
    }
    if (list.items.empty()) refuse_repeated_keys(row, mistakes);
    list.items.push_back(std::move(row));
  }
  if (!is_whole) return std::nullopt;
  return list;
}

}  // namespace dure::spec
