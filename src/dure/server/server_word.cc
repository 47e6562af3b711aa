#include "dure/server/server_word.h"

#include "dure/api/secret.h"
#include "dure/engine/local/record.h"

namespace dure::server {

Result<std::string> word_of_server(const std::filesystem::path& data, const std::string& known) {
  constexpr const char* name = "word";
  constexpr std::size_t size = 12;
  if (const auto kept = engine::read_file((data / name).string())) return kept->substr(0, kept->find('\n'));
  std::string word = known;
  if (word.empty()) {
    auto made = api::make_secret();
    if (!made) return tl::unexpected(made.error());
    word = api::token_id(api::hash_of_secret(*made)).substr(0, size);
  }
  if (auto written = engine::write_file(data.string(), name, word + '\n', engine::Sync::yes); !written) {
    return tl::unexpected(written.error());
  }
  return word;
}

}  // namespace dure::server
