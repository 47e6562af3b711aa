// Keeps a row of every job that ends, in the commit that holds its end.
#pragma once

#include "dure/core/state.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/runtime/ports.h"

namespace dure::server {

class History final : public Observer {
 public:
  // `journal` must outlive it.
  explicit History(SqliteJournal& journal) : journal_(journal) {}

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

 private:
  SqliteJournal& journal_;
};

}  // namespace dure::server
