// Certificates and clients of TLS, for tests.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dure/base/test_folder.h"
#include "dure/http/certificate.h"
#include "dure/http/self_signed.h"
#include "dure/http/test_socket.h"

namespace dure::http {

// A folder with an authority and what it has signed.
class TestAuthority {
 public:
  TestAuthority() {
    key_ = EVP_EC_gen("P-256");
    certificate_ = make("Test authority", key_, "critical,CA:TRUE", "");
    write(certificate_, ca_file());
  }
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  TestAuthority(const TestAuthority&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::string ca_file() const { return folder_ / "ca.pem"; }
  CertificateFiles files(const std::string& name) const {
    return {folder_ / (name + ".pem"), folder_ / (name + ".key")};
  }

  // Signs a certificate of that name, for localhost and 127.0.0.1, with a new key.
  std::shared_ptr<const Certificate> sign(const std::string& name) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const signed_ = make(name, key, "CA:FALSE", "DNS:localhost,IP:127.0.0.1");
    const CertificateFiles made = files(name);
    write(signed_, made.certificate);
    FILE* const file = std::fopen(made.key.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(signed_);
    EVP_PKEY_free(key);
    return Certificate::read(made).value();
  }

  std::shared_ptr<const Certificate> self_signed(const std::string& name) {
    const CertificateFiles made = files(name);
    const auto written = write_self_signed(made, {"localhost", "127.0.0.1"}, Time{1'700'000'000'000'000'000});
    if (!written) throw std::runtime_error(written.error().message);
    return Certificate::read(made).value();
  }

 private:
  X509* make(const std::string& name, EVP_PKEY* key, const char* basic, const char* names) {
    X509* const made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, text, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(certificate_ != nullptr ? certificate_ : made));
    add(made, NID_basic_constraints, basic);
    if (*names != '\0') add(made, NID_subject_alt_name, names);
    X509_sign(made, key_, EVP_sha256());
    return made;
  }
  static void add(X509* certificate, int kind, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static void write(X509* certificate, const std::string& path) {
    FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }

  TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  long serial_ = 0;
};

// A client of TLS that sends exactly the records it is told to, and trusts anybody.
class TestTlsSocket {
 public:
  explicit TestTlsSocket(std::uint16_t port, int version_max = TLS1_3_VERSION, int version_min = TLS1_VERSION)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // else OpenSSL itself would not offer what is old
    SSL_CTX_set_min_proto_version(context_, version_min);
    SSL_CTX_set_max_proto_version(context_, version_max);
    session_ = SSL_new(context_);
    SSL_set_fd(session_, socket_.fd());
    is_connected_ = SSL_connect(session_) == 1;
  }
  ~TestTlsSocket() {
    SSL_free(session_);
    SSL_CTX_free(context_);
  }
  TestTlsSocket(const TestTlsSocket&) = delete;

  bool is_connected() const { return is_connected_; }
  std::string version() const { return SSL_get_version(session_); }
  bool send(std::string_view bytes) { return SSL_write(session_, bytes.data(), static_cast<int>(bytes.size())) > 0; }
  bool renegotiate() { return SSL_renegotiate(session_) == 1 && SSL_do_handshake(session_) == 1; }
  // Returns what comes up to and with `end`, or all of it if that never comes.
  std::string read_until(std::string_view end) {
    std::string text;
    char byte = 0;
    while (text.find(end) == std::string::npos && SSL_read(session_, &byte, 1) == 1) text += byte;
    return text;
  }
  TestSocket& socket() { return socket_; }

 private:
  TestSocket socket_;
  SSL_CTX* context_;
  SSL* session_ = nullptr;
  bool is_connected_ = false;
};

}  // namespace dure::http
