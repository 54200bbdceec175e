// Tables.
#include "scheduler/cli/view/table.h"

#include <algorithm>
#include <numeric>

namespace rota::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 6;  // a flexible column is not cut below this

void drop_empty_columns(std::vector<Column>& columns, std::vector<Row>& rows) {
  for (std::size_t c = columns.size(); c-- > 0;) {
    const bool empty = std::all_of(rows.begin(), rows.end(), [c](const Row& r) { return r[c].text.empty(); });
    if (!empty) continue;
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(c));
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(c));
  }
}

std::vector<std::size_t> natural_widths(const std::vector<Column>& columns, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& column : columns) widths.push_back(display_width(column.title));
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c].text));
  return widths;
}

// Takes from the widest flexible column, one step at a time, until the table fits or nothing can give.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t limit) {
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
  while (total() > limit) {
    std::size_t* widest = nullptr;
    for (std::size_t c = 0; c < widths.size(); ++c)
      if (columns[c].flexible && widths[c] > kNarrowest && (!widest || widths[c] > *widest)) widest = &widths[c];
    if (!widest) return;
    *widest -= std::min(total() - limit, std::max<std::size_t>(1, (*widest - kNarrowest) / 2));
  }
}

std::string render_row(const Row& row, const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                       const Look& look) {
  std::string line;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const auto text = cut(row[c].text, widths[c], look.unicode);
    const auto width = display_width(text);
    const std::string space(width < widths[c] ? widths[c] - width : 0, ' ');
    const bool last = c + 1 == row.size();
    if (columns[c].right) line += space;
    line += paint(text, row[c].style, look.colour);
    if (!columns[c].right && !last) line += space;
    if (!last) line.append(kGap, ' ');
  }
  return line + "\n";
}

}  // namespace

std::string render_table(std::vector<Column> columns, std::vector<Row> rows, const Look& look) {
  drop_empty_columns(columns, rows);
  if (columns.empty()) return {};
  for (auto& row : rows)
    for (auto& cell : row)
      if (cell.text.empty()) cell.text = "-";
  auto widths = natural_widths(columns, rows);
  if (look.width) fit(widths, columns, look.width);
  Row titles;
  for (const auto& column : columns) titles.emplace_back(std::string(column.title), Style::dim);
  auto out = render_row(titles, columns, widths, look);
  for (const auto& row : rows) out += render_row(row, columns, widths, look);
  return out;
}

}  // namespace rota::cli
