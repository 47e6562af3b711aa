// Rows in columns, as wide as the terminal allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dure/cli/console.h"

namespace dure::cli {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  int gives_way = 0;  // the lowest above 0 is shortened first; those with 0 last
  int leaves = 0;     // the lowest above 0 is left out first, where the others would be too short to be read
};

struct Cell {
  Cell(std::string text_of = {},
       Colour colour_of = Colour::none)  // NOLINT(google-explicit-constructor): a cell is text
      : text(printable(text_of)), colour(colour_of) {}
  Cell(const char* text_of) : Cell(std::string(text_of)) {}  // NOLINT(google-explicit-constructor)

  std::string text;
  Colour colour = Colour::none;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Requires a cell for each column.
  void add(std::vector<Cell> row);
  bool is_empty() const { return rows_.empty(); }

  // Returns the lines, the titles first. A column in which nothing stands is left out. O(cells).
  std::string draw(const Console& console) const;

 private:
  std::vector<std::size_t> fit_widths(std::size_t width) const;
  std::string draw_row(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                       const Console& console) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace dure::cli
