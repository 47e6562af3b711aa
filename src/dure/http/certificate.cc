#include "dure/http/certificate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <tuple>

#include "dure/base/assert.h"

namespace dure::http {
namespace {

constexpr std::string_view fingerprint_kind = "sha256//";
constexpr std::size_t fingerprint_digits = 44;  // 32 bytes in base64

// Without this OpenSSL would ask on the terminal for the password of a key.
int no_password(char*, int, int, void*) { return 0; }

std::string last_reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  return reason != nullptr ? reason : "it cannot be read";
}

// Returns why `read` cannot use what lies at the path, or nothing if it can. A pipe would keep OpenSSL waiting for a
// writer who may never come; by the name that it is given it opens the file that was looked at, and no other.
template <class Read>
std::string why_unread(const std::string& path, const Read& read) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return std::strerror(errno);
  struct stat status{};
  std::string why_not;
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    why_not = "it is no regular file";
  } else if (!read(fmt::format("/proc/self/fd/{}", file).c_str())) {
    why_not = last_reason();
  }
  ::close(file);
  return why_not;
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');  // with the zero that OpenSSL puts behind it
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  DURE_ASSERT(size > 0);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(encoded, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(encoded);
  return std::string(fingerprint_kind) + base64(digest.data(), digest.size());
}

Time time_of(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  return {static_cast<std::int64_t>(timegm(&utc)) * 1'000'000'000};
}

void set_up(SSL_CTX* context) {
  const bool is_set =
      SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;  // of 1.2; those of 1.3 are all sound
  DURE_ASSERT(is_set);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Tickets carry a session with the client; a cache would grow here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_default_passwd_cb(context, &no_password);
}

}  // namespace

Certificate::Certificate(ssl_ctx_st* context) : context_(context) {}
Certificate::~Certificate() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const Certificate>> Certificate::read(const CertificateFiles& files) {
  ERR_clear_error();
  const std::shared_ptr<Certificate> read(new Certificate(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* const context = read->context_;
  DURE_ASSERT(context != nullptr);
  set_up(context);
  const std::string no_certificate = why_unread(
      files.certificate, [&](const char* path) { return SSL_CTX_use_certificate_chain_file(context, path) == 1; });
  if (!no_certificate.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("{}: no certificate ({}); name a PEM file that this user may read, the server's own "
                            "certificate first",
                            files.certificate, no_certificate));
  }
  const std::string no_key = why_unread(
      files.key, [&](const char* path) { return SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1; });
  if (!no_key.empty()) {
    const bool is_another = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return fail(Code::invalid_argument,
                is_another ? fmt::format("{}: not the key of the certificate in {}; name the two that belong together",
                                         files.key, files.certificate)
                           : fmt::format("{}: no key ({}); name a PEM file without a password that this user may read",
                                         files.key, no_key));
  }
  const X509* const own = SSL_CTX_get0_certificate(context);
  read->fingerprint_ = fingerprint_of(own);
  read->is_self_signed_ = X509_self_signed(SSL_CTX_get0_certificate(context), 0) == 1;
  read->expires_ = time_of(X509_get0_notAfter(own));
  return std::shared_ptr<const Certificate>(read);
}

Result<std::string> fingerprint_of_pem(std::string_view pem) {
  ERR_clear_error();
  BIO* const bytes = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  DURE_ASSERT(bytes != nullptr);
  X509* const certificate = PEM_read_bio_X509(bytes, nullptr, &no_password, nullptr);
  BIO_free(bytes);
  if (certificate == nullptr) return fail(Code::invalid_argument, "this is no certificate: " + last_reason());
  std::string fingerprint = fingerprint_of(certificate);
  X509_free(certificate);
  return fingerprint;
}

bool is_fingerprint(std::string_view text) {
  return text.starts_with(fingerprint_kind) && text.size() == fingerprint_kind.size() + fingerprint_digits &&
         text.find_first_of(" ;\n\t") == std::string_view::npos;
}

}  // namespace dure::http
