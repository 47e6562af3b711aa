// Who has whose devices of a pool at an instant, worked out anew each time it is asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dure::recount {

struct Lent {
  std::string lender;  // a root tenant; empty: what is nobody's share
  std::string borrower;
  std::string_view reason;  // emergency, burst, idle
  std::int64_t milli = 0;
};

class Lending {
 public:
  void declare(const std::vector<std::pair<std::string, std::int64_t>>& shares);
  void hold(const std::string& root, std::int64_t milli, bool is_emergency);

  bool owns(const std::string& root) const;
  // Owners and holders take places on two lines, in the order in which they were first heard of: what lies over what is
  // lent by the one to the other.
  std::vector<Lent> lent() const;

 private:
  struct Party {
    std::string root;
    std::int64_t share = 0;
    std::int64_t held = 0;
    std::int64_t urgent = 0;  // of that, for emergencies

    std::int64_t beyond() const { return held > share ? held - share : 0; }
    std::int64_t idle() const { return share > held ? share - held : 0; }
  };
  struct Piece {
    std::string root;
    std::string_view reason;
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  Party& party(const std::string& root);
  std::vector<Piece> borrowed() const;
  std::vector<Piece> offered(std::int64_t wanted) const;

  std::vector<Party> parties_;
};

}  // namespace dure::recount
