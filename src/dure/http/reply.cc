#include "dure/http/reply.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/http/outlet.h"

namespace dure::http {

void end_stream(const StreamOpening& stream, StreamEnd why) {
  stream.load->is_open = false;
  if (stream.options.on_end) stream.options.on_end(why);
}

EventStream::EventStream(std::shared_ptr<Outlet> outlet, RequestAddress address, std::shared_ptr<StreamLoad> load)
    : outlet_(std::move(outlet)), address_(address), load_(std::move(load)) {}

EventStream::~EventStream() { finish(); }

bool EventStream::is_open() const { return load_->is_open; }

bool EventStream::send(Piece piece) {
  if (!is_open()) return false;
  if (piece->empty()) return true;
  const StreamLimits limits = outlet_->stream_limits();
  const std::size_t pieces = load_->pieces.fetch_add(1);
  const std::size_t bytes = load_->bytes.fetch_add(piece->size());
  if (pieces < limits.pieces_max && bytes < std::max(limits.bytes_max, load_->bytes_max)) {
    outlet_->post({address_, std::move(piece)});
    return true;
  }
  if (load_->is_open.exchange(false)) outlet_->post({address_, StreamEnding{StreamEnd::too_slow}});
  return false;
}

void EventStream::finish() {
  if (load_->is_open.exchange(false)) outlet_->post({address_, StreamEnding{StreamEnd::finished}});
}

Reply::Reply(std::shared_ptr<Outlet> outlet, RequestAddress address) : outlet_(std::move(outlet)), address_(address) {}

Reply::~Reply() {
  if (outlet_) refuse({.status = 500, .detail = "the server gave no answer to this request; its log may say why"});
}

Reply& Reply::operator=(Reply&& other) noexcept {
  Reply old(std::move(*this));
  outlet_ = std::move(other.outlet_);
  address_ = other.address_;
  return *this;
}

void Reply::send(Response response) {
  DURE_ASSERT(outlet_ != nullptr);
  const auto outlet = std::exchange(outlet_, nullptr);
  outlet->post({address_, std::move(response)});
}

std::shared_ptr<EventStream> Reply::stream(StreamOptions options) {
  DURE_ASSERT(outlet_ != nullptr);
  auto outlet = std::exchange(outlet_, nullptr);
  auto load = std::make_shared<StreamLoad>();
  load->bytes_max = options.bytes_max;
  outlet->post({address_, StreamOpening{std::move(options), load}});
  return std::make_shared<EventStream>(std::move(outlet), address_, std::move(load));
}

}  // namespace dure::http
