#include "dure/server/server_word.h"

#include "dure/api/secret.h"
#include "dure/engine/record.h"

namespace dure::server {

Result<std::string> word_of_server(const std::filesystem::path& data) {
  constexpr const char* name = "word";
  constexpr std::size_t size = 12;
  const auto kept = engine::read_file((data / name).string());
  if (kept) return kept->substr(0, kept->find('\n'));
  if (kept.error().code != Code::not_found) return tl::unexpected(kept.error());
  const auto secret = api::make_secret();
  if (!secret) return tl::unexpected(secret.error());
  std::string word = api::token_id(api::hash_of_secret(*secret)).substr(0, size);
  if (auto written = engine::write_file(data.string(), name, word + '\n', engine::Sync::yes); !written) {
    return tl::unexpected(written.error());
  }
  return word;
}

}  // namespace dure::server
