import sys
import chilkat2
# This example assumes the Chilkat API to have been previously unlocked.
# See Global Unlock Sample for sample code.
http = chilkat2.Http()
req = chilkat2.HttpRequest()
jsonParam1 = chilkat2.JsonObject()
req.AddParam("token",jsonParam1.Emit())
req.AddParam("token_type_hint","access_token")
jsonParam3 = chilkat2.JsonObject()
req.AddParam("client_id",jsonParam3.Emit())
jsonParam4 = chilkat2.JsonObject()
req.AddParam("client_secret",jsonParam4.Emit())
req.AddHeader("Accept","application/json")
# resp is a CkHttpResponse
resp = http.PostUrlEncoded("https://login.salesforce.com{{site}}/services/oauth2/introspect",req)
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
# "active": true,
# "scope": "<scope_list>",
# "client_id": "<client_id>",
# "username": "<username>",
# "sub": "https://login.salesforce.com/id/00D.../005...",
# "token_type": "access_token",
# "exp": <timestamp>,
# "iat": <timestamp>,
# "nbf": <timestamp>
# }
# Sample code for parsing the JSON response...
# Use this online tool to generate parsing code from sample JSON: Generate JSON Parsing Code
active = jResp.BoolOf("active")
scope = jResp.StringOf("scope")
client_id = jResp.StringOf("client_id")
username = jResp.StringOf("username")
v_sub = jResp.StringOf("sub")
token_type = jResp.StringOf("token_type")
exp = jResp.IntOf("exp")
iat = jResp.IntOf("iat")
nbf = jResp.IntOf("nbf")
