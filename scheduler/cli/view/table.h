// A table of text for people: empty columns vanish, the width fits the terminal, colour only where asked. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/cli/paint.h"

namespace rota::cli {

struct Column {
  std::string_view title;
  bool right = false;     // numbers
  bool flexible = false;  // may be cut when the terminal is too narrow
};

struct Cell {
  Cell(std::string t = {}, Style s = Style::plain) : text(std::move(t)), style(s) {}
  Cell(const char* t) : text(t) {}
  std::string text;  // without control characters; empty is shown as "-"
  Style style = Style::plain;
};
using Row = std::vector<Cell>;

struct Look {
  unsigned width = 0;  // 0: unbounded
  bool colour = false;
  bool unicode = false;
};

/// Title line and rows, each ending in a newline; nothing at all without rows. Every row has a cell per column.
std::string render_table(std::vector<Column> columns, std::vector<Row> rows, const Look& look);

}  // namespace rota::cli
