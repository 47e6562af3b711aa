// A table that is read while it changes: pages of rows by id, shared between one publication and the next.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace dure::api {

constexpr std::size_t rows_per_page = 1024;

// What readers hold. Constant.
template <class Row>
class Pages {
 public:
  using RowPointer = std::shared_ptr<const Row>;  // shared by the publications that show it
  using Page = std::array<RowPointer, rows_per_page>;

  // nullptr if there is none.
  const Row* find(std::size_t id) const {
    const std::size_t page = id / rows_per_page;
    if (page >= pages_.size() || pages_[page] == nullptr) return nullptr;
    return (*pages_[page])[id % rows_per_page].get();
  }
  // One more than the largest id that a row may have.
  std::size_t id_bound() const { return pages_.size() * rows_per_page; }
  // Whether no row has an id on the page of `id`: a scan may go on after it.
  bool is_empty_page(std::size_t id) const {
    return id / rows_per_page >= pages_.size() || pages_[id / rows_per_page] == nullptr;
  }
  // Whether both show the same rows on the page of `id`, as far as that can be told without looking at them.
  bool is_same_page(const Pages& other, std::size_t id) const {
    const std::size_t page = id / rows_per_page;
    const auto at = [page](const Pages& pages) {
      return page < pages.pages_.size() ? pages.pages_[page].get() : nullptr;
    };
    return at(*this) == at(other);
  }

 private:
  template <class>
  friend class PageWriter;
  std::vector<std::shared_ptr<const Page>> pages_;  // shared likewise
};

// Who writes them: one thread. A page is copied at its first change after a publication.
template <class Row>
class PageWriter {
 public:
  void put(std::size_t id, Row row) { slot(id) = std::make_shared<const Row>(std::move(row)); }
  void erase(std::size_t id) { slot(id).reset(); }
  const Row* find(std::size_t id) const { return pages_.find(id); }

  // O(pages). What was returned before stays as it is.
  Pages<Row> publish() {
    for (const std::size_t touched : touched_) drop_if_empty(touched);
    touched_.clear();
    open_.assign(open_.size(), nullptr);
    return pages_;
  }

 private:
  using Page = typename Pages<Row>::Page;

  typename Pages<Row>::RowPointer& slot(std::size_t id) {
    const std::size_t at = id / rows_per_page;
    if (at >= pages_.pages_.size()) {
      pages_.pages_.resize(at + 1);
      open_.resize(at + 1);
    }
    if (open_[at] == nullptr) {
      auto copy = pages_.pages_[at] ? std::make_shared<Page>(*pages_.pages_[at]) : std::make_shared<Page>();
      open_[at] = copy.get();
      pages_.pages_[at] = std::move(copy);
      touched_.push_back(at);
    }
    return (*open_[at])[id % rows_per_page];
  }
  void drop_if_empty(std::size_t at) {
    for (const auto& row : *pages_.pages_[at]) {
      if (row != nullptr) return;
    }
    pages_.pages_[at].reset();
  }

  Pages<Row> pages_;
  std::vector<Page*> open_;  // copied since the last publication; else nullptr
  std::vector<std::size_t> touched_;
};

}  // namespace dure::api
