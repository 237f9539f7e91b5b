import sys
import chilkat2
# This example assumes the Chilkat API to have been previously unlocked.
# See Global Unlock Sample for sample code.
http = chilkat2.Http()
# Use this online tool to generate code from sample JSON: Generate Code to Create JSON
# The following JSON is sent in the request body.
# {
# "redirect_uris": [
# "http://localhost"
# ],
# "response_types": [
# "code",
# "token",
# "id_token"
# ],
# "grant_types": [
# "authorization_code",
# "implicit",
# "refresh_token"
# ],
# "application_type": "web",
# "contacts": [
# "abc@sf.com",
# "ve7jtb@example.org"
# ],
# "client_name": "Example Olivier"
# }
json = chilkat2.JsonObject()
json.UpdateString("redirect_uris[0]","http://localhost")
json.UpdateString("response_types[0]","code")
json.UpdateString("response_types[1]","token")
json.UpdateString("response_types[2]","id_token")
json.UpdateString("grant_types[0]","authorization_code")
json.UpdateString("grant_types[1]","implicit")
json.UpdateString("grant_types[2]","refresh_token")
json.UpdateString("application_type","web")
json.UpdateString("contacts[0]","abc@sf.com")
json.UpdateString("contacts[1]","ve7jtb@example.org")
json.UpdateString("client_name","Example Olivier")
http.SetRequestHeader("Content-Type","application/json")
# Adds the "Authorization: Bearer {{init_access_token}}" header.
http.AuthToken = "{{init_access_token}}"
http.SetRequestHeader("Accept","application/json")
# resp is a CkHttpResponse
resp = http.PostJson3("https://login.salesforce.com{{site}}/services/oauth2/register","application/json",json)
if (http.LastMethodSuccess == False):
    print(http.LastErrorText)
    sys.exit()
sbResponseBody = chilkat2.StringBuilder()
resp.GetBodySb(sbResponseBody)
jResp = chilkat2.JsonObject()
jResp.LoadSb(sbResponseBody)
jResp.EmitCompact = False
print("Response Body:")
print(jResp.Emit())
respStatusCode = resp.StatusCode
print("Response Status Code = " + str(respStatusCode))
if (respStatusCode >= 400):
    print("Response Header:")
    print(resp.Header)
    print("Failed.")
    sys.exit()
# Sample JSON response:
# (Sample code for parsing the JSON response is shown below)
# {
# "client_id": "<client_id>",
# "client_secret": "<client_secret>",
# "registration_access_token": "<token>",
# "registration_client_uri": "https://login.salesforce.com/services/oauth2/register/<client_id>",
# "client_id_issued_at": <timestamp>,
# "client_secret_expires_at": 0,
# "token_endpoint_auth_method": "client_secret_post",
# "redirect_uris": [
# "http://localhost"
# ],
# "response_types": [
# "code",
# "token",
# "id_token"
# ],
# "grant_types": [
# "authorization_code",
# "hybrid_auth_code",
# "implicit",
# "refresh_token"
# ],
# "contacts": [
# "abc@sf.com"
# ],
# "client_name": "Sample Customer",
# "scopes": [
# "openid",
# "refresh_token",
# "id",
# "api"
# ]
# }
# Sample code for parsing the JSON response...
# Use this online tool to generate parsing code from sample JSON: Generate JSON Parsing Code
client_id = jResp.StringOf("client_id")
client_secret = jResp.StringOf("client_secret")
registration_access_token = jResp.StringOf("registration_access_token")
registration_client_uri = jResp.StringOf("registration_client_uri")
client_id_issued_at = jResp.IntOf("client_id_issued_at")
client_secret_expires_at = jResp.IntOf("client_secret_expires_at")
token_endpoint_auth_method = jResp.StringOf("token_endpoint_auth_method")
client_name = jResp.StringOf("client_name")
i = 0
count_i = jResp.SizeOfArray("redirect_uris")
while i < count_i :
    jResp.I = i
    strVal = jResp.StringOf("redirect_uris[i]")
    i = i + 1
i = 0
count_i = jResp.SizeOfArray("response_types")
while i < count_i :
    jResp.I = i
    strVal = jResp.StringOf("response_types[i]")
    i = i + 1
i = 0
count_i = jResp.SizeOfArray("grant_types")
while i < count_i :
    jResp.I = i
    strVal = jResp.StringOf("grant_types[i]")
    i = i + 1
i = 0
count_i = jResp.SizeOfArray("contacts")
while i < count_i :
    jResp.I = i
    strVal = jResp.StringOf("contacts[i]")
    i = i + 1
i = 0
count_i = jResp.SizeOfArray("scopes")
while i < count_i :
    jResp.I = i
    strVal = jResp.StringOf("scopes[i]")
    i = i + 1
