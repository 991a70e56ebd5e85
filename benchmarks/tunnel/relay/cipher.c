/* AES-256-GCM by OpenSSL's libcrypto or by Intel's IPsec Multi-Buffer library, or no cipher at all. */
#include "relay.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#ifdef WITH_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

struct cipher {
    uint64_t counter;
    EVP_CIPHER_CTX *evp;
#ifdef WITH_IPSEC_MB
    IMB_MGR *mb;
    struct gcm_key_data key __attribute__((aligned(64)));
    struct gcm_context_data state;
#endif
    bool by_ipsec_mb, by_libcrypto;
};

static const uint8_t KEY[32] = "a yardstick's key, known to all";

struct cipher *cipher_new(const char *name)
{
    struct cipher *cipher;
    if (posix_memalign((void **)&cipher, 64, sizeof *cipher) != 0)
        return NULL;
    memset(cipher, 0, sizeof *cipher);
    if (strcmp(name, "libcrypto") == 0) {
        cipher->by_libcrypto = true;
        cipher->evp = EVP_CIPHER_CTX_new();
        return cipher->evp && EVP_CipherInit_ex(cipher->evp, EVP_aes_256_gcm(), NULL, KEY, NULL, 1) == 1 ? cipher : NULL;
    }
#ifdef WITH_IPSEC_MB
    if (strcmp(name, "libipsec-mb") == 0 && (cipher->mb = alloc_mb_mgr(0)) != NULL) {
        IMB_ARCH chosen;
        cipher->by_ipsec_mb = true;
        init_mb_mgr_auto(cipher->mb, &chosen);
        IMB_AES256_GCM_PRE(cipher->mb, KEY, &cipher->key);
        return imb_get_errno(cipher->mb) == 0 ? cipher : NULL;
    }
#endif
    return strcmp(name, "none") == 0 ? cipher : NULL;
}

size_t cipher_tag(const struct cipher *cipher)
{
    return cipher->by_libcrypto || cipher->by_ipsec_mb ? TAG : 0;
}

/* One pass over the text, either way; when opening, the tag behind the text is verified. */
static bool evp_run(EVP_CIPHER_CTX *evp, bool seals, const uint8_t *nonce, uint8_t *frame, size_t length)
{
    uint8_t *text = frame + HEADER;
    int n;
    return EVP_CipherInit_ex(evp, NULL, NULL, NULL, nonce, seals) == 1 &&
        EVP_CipherUpdate(evp, NULL, &n, frame, HEADER) == 1 &&
        EVP_CipherUpdate(evp, text, &n, text, (int)length) == 1 &&
        (seals || EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_GCM_SET_TAG, TAG, text + length) == 1) &&
        EVP_CipherFinal_ex(evp, text + length, &n) == 1 &&
        (!seals || EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_GCM_GET_TAG, TAG, text + length) == 1);
}

size_t cipher_seal(struct cipher *cipher, uint8_t *frame, uint8_t flags, size_t length)
{
    uint8_t nonce[12] = {0};
    cipher->counter++;
    memset(frame, 0, HEADER);
    frame[0] = flags;
    memcpy(frame + 8, &cipher->counter, 8);
    memcpy(nonce + 4, &cipher->counter, 8);
    if (cipher->by_libcrypto && !evp_run(cipher->evp, true, nonce, frame, length))
        abort(); /* no input makes it fail */
#ifdef WITH_IPSEC_MB
    uint8_t *text = frame + HEADER;
    if (cipher->by_ipsec_mb)
        IMB_AES256_GCM_ENC(cipher->mb, &cipher->key, &cipher->state, text, text, length, nonce, frame, HEADER,
            text + length, TAG);
#endif
    return HEADER + length + cipher_tag(cipher);
}

ssize_t cipher_open(struct cipher *cipher, uint8_t *frame, size_t frame_length)
{
    uint8_t nonce[12] = {0};
    if (frame_length < HEADER + cipher_tag(cipher))
        return -1;
    const size_t length = frame_length - HEADER - cipher_tag(cipher);
    memcpy(nonce + 4, frame + 8, 8);
    if (cipher->by_libcrypto && !evp_run(cipher->evp, false, nonce, frame, length))
        return -1;
#ifdef WITH_IPSEC_MB
    uint8_t *text = frame + HEADER, tag[TAG];
    if (cipher->by_ipsec_mb) {
        IMB_AES256_GCM_DEC(cipher->mb, &cipher->key, &cipher->state, text, text, length, nonce, frame, HEADER, tag, TAG);
        if (CRYPTO_memcmp(tag, text + length, TAG) != 0)
            return -1;
    }
#endif
    return (ssize_t)length;
}
