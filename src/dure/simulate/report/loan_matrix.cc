#include "dure/simulate/report/loan_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "dure/simulate/report/html.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

struct Matrix {
  std::set<std::string> lenders;  // the empty one first, which is nobody
  std::set<std::string> borrowers;
  std::map<std::pair<std::string, std::string>, double> hours;
  std::map<std::string, double> lent;
  std::map<std::string, double> borrowed;
  double largest = 0;
  double sum = 0;
};

Matrix matrix_of(const std::vector<LoanLine>& loans) {
  Matrix matrix;
  for (const LoanLine& loan : loans) {
    matrix.lenders.insert(loan.lender);
    matrix.borrowers.insert(loan.borrower);
    matrix.hours[{loan.lender, loan.borrower}] += loan.gpu_hours;
    matrix.lent[loan.lender] += loan.gpu_hours;
    matrix.borrowed[loan.borrower] += loan.gpu_hours;
    matrix.largest = std::max(matrix.largest, loan.gpu_hours);
    matrix.sum += loan.gpu_hours;
  }
  return matrix;
}

std::string name_of(const std::string& party) { return party.empty() ? "nobody" : escape(party); }

std::string sum_html(double hours) { return fmt::format("<td class=\"number sum\">{}</td>", compact_text(hours)); }

// Small ones still show.
std::string cell_html(double hours, double largest) {
  if (hours <= 0) return "<td class=\"number\"></td>";
  return fmt::format("<td class=\"number\"><span class=\"shade\" style=\"opacity:{:.2f}\"></span>{}</td>",
                     std::sqrt(hours / largest), compact_text(hours));
}

std::string row_html(const Matrix& matrix, const std::string& lender) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", name_of(lender));
  for (const std::string& borrower : matrix.borrowers) {
    const auto found = matrix.hours.find({lender, borrower});
    html += found == matrix.hours.end() ? cell_html(0, 1) : cell_html(found->second, matrix.largest);
  }
  return html + sum_html(matrix.lent.at(lender)) + "</tr>\n";
}

std::string reclaims_html(const std::vector<LoanLine>& loans) {
  std::uint64_t times = 0;
  std::uint64_t late = 0;
  double longest_s = 0;
  for (const LoanLine& loan : loans) {
    times += loan.reclaims;
    late += loan.late;
    longest_s = std::max(longest_s, loan.longest_reclaim_s);
  }
  if (times == 0) return "";
  return fmt::format(
      "<p class=\"hint\">Devices were taken back {} {}, {} of them later than promised; the longest took {}.</p>\n",
      count_text(times), times == 1 ? "time" : "times", late == 0 ? "none" : count_text(late), span_text(longest_s));
}

}  // namespace

std::string loan_matrix(const std::vector<LoanLine>& loans, std::string_view unit) {
  if (loans.empty()) return "<p class=\"nothing\">Nobody lent anything.</p>\n";
  const Matrix matrix = matrix_of(loans);
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Loans\"><table class=\"matrix\">"
      "<caption>{} hours lent, by lender and borrower</caption>\n<thead><tr><th scope=\"col\">Lender</th>",
      escape(unit));
  for (const std::string& borrower : matrix.borrowers) {
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name_of(borrower));
  }
  html += "<th scope=\"col\" class=\"number sum\">Lent</th></tr></thead>\n<tbody>\n";
  for (const std::string& lender : matrix.lenders) html += row_html(matrix, lender);
  html += "</tbody>\n<tfoot><tr><th scope=\"row\">Borrowed</th>";
  for (const std::string& borrower : matrix.borrowers) html += sum_html(matrix.borrowed.at(borrower));
  html += sum_html(matrix.sum) + "</tr></tfoot></table></div>\n";
  if (matrix.lenders.contains("")) html += "<p class=\"hint\">What no owner leaves idle is lent by nobody.</p>\n";
  return html + reclaims_html(loans);
}

}  // namespace dure::simulate
